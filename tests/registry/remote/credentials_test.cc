#include "registry/remote/credentials.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <map>

#include "registry/remote/base64.h"
#include "tests/support/result_matchers.h"
#include "tests/support/temp_dir.h"

namespace mbuild::remote {
namespace {

using test::FailsWith;
using test::must;

class CredentialsTest : public testing::Test {
 protected:
  CredentialStore store() {
    return {"",
            [this](const std::string& name) -> std::optional<std::string> {
              auto found = variables.find(name);
              return found == variables.end() ? std::nullopt : std::optional(found->second);
            },
            nullptr};
  }
  // "user:password" for a name, or "-".
  std::string find(const std::string& registry, const std::string& repository = "a") {
    auto found = must(store().find(registry, repository));
    return found ? found->username + ":" + found->password + found->identity_token : "-";
  }
  void config(const std::string& text) { folder.write("config.json", text); }
  // A helper that keeps one entry in a file, as the protocol has it.
  void install_helper(const std::string& name, const std::string& script) {
    auto file = folder.write("bin/docker-credential-" + name, "#!/bin/sh\n" + script);
    ::chmod(file.c_str(), 0755);
    old_path = std::getenv("PATH");
    ::setenv("PATH", (folder.str() + "/bin:" + old_path).c_str(), 1);
  }
  ~CredentialsTest() override {
    if (!old_path.empty()) ::setenv("PATH", old_path.c_str(), 1);
  }

  test::TempDir folder;
  std::map<std::string, std::string> variables{{"DOCKER_CONFIG", folder.str()}};
  std::string old_path;
};

std::string auth(const std::string& text) {
  return R"({"auth": ")" + base64_encode(text) + R"("})";
}

TEST_F(CredentialsTest, ReadsAuthsUnderEverySpelling) {
  config(R"({"auths": {"https://index.docker.io/v1/": )" + auth("hub:1") +
         R"(, "http://reg.example:5000/v2/": )" + auth("reg:2:3") +
         R"(, "plain": {"username": "u", "password": "p"}, "token": {"identitytoken": "T"},
         "empty": {}}})");
  EXPECT_EQ(find("docker.io"), "hub:1");
  EXPECT_EQ(find("reg.example:5000"), "reg:2:3") << "a password may have colons";
  EXPECT_EQ(find("plain"), "u:p");
  EXPECT_EQ(find("token"), ":T");
  EXPECT_EQ(find("empty"), "-");
  EXPECT_EQ(find("reg.example"), "-") << "another port is another registry";
  EXPECT_EQ(find("evil.docker.io"), "-");
}

TEST_F(CredentialsTest, TakesTheLongestNamespace) {
  config(R"({"auths": {"quay.io": )" + auth("all:1") + R"(, "quay.io/team": )" + auth("team:2") +
         R"(, "quay.io/team/app": )" + auth("app:3") + "}}");
  EXPECT_EQ(find("quay.io", "other/x"), "all:1");
  EXPECT_EQ(find("quay.io", "team/x"), "team:2");
  EXPECT_EQ(find("quay.io", "team/app"), "app:3");
  EXPECT_EQ(find("quay.io", "teams/x"), "all:1");
  EXPECT_EQ(find("quay", "io/team"), "-");
}

TEST_F(CredentialsTest, LooksInOneFileAfterTheOther) {
  config(R"({"auths": {"r": )" + auth("docker:1") + "}}");
  folder.write("run/containers/auth.json",
               R"({"auths": {"r": )" + auth("podman:1") + R"(, "p": )" + auth("podman:2") + "}}");
  variables["XDG_RUNTIME_DIR"] = folder.str() + "/run";
  EXPECT_EQ(find("r"), "docker:1");
  EXPECT_EQ(find("p"), "podman:2");
  variables["REGISTRY_AUTH_FILE"] = folder.write("file", R"({"auths": {"r": )" + auth("file:1") + "}}");
  EXPECT_EQ(find("r"), "file:1");
  variables["DOCKER_AUTH_CONFIG"] = R"({"auths": {"r": )" + auth("environment:1") + "}}";
  EXPECT_EQ(find("r"), "environment:1");
}

TEST_F(CredentialsTest, SaysWhichFileIsBroken) {
  config("{");
  EXPECT_THAT(store().find("r", "a"), FailsWith(ErrorKind::invalid_input, "config.json: malformed JSON"));
  config(R"({"auths": {"r": {"auth": "!!"}}})");
  EXPECT_THAT(store().find("r", "a"), FailsWith(ErrorKind::corrupt, "auth"));
}

TEST_F(CredentialsTest, IsContentWithNothing) {
  EXPECT_EQ(find("r"), "-");
  config("");
  EXPECT_EQ(find("r"), "-");
}

TEST_F(CredentialsTest, AsksAHelper) {
  install_helper("test", R"(read server; case "$1 $server" in
    "get https://index.docker.io/v1/") echo '{"ServerURL": "x", "Username": "hub", "Secret": "1"}';;
    "get tok") echo '{"Username": "<token>", "Secret": "T"}';;
    "get broken") echo 'no keychain' ; exit 1;;
    "get garbage") echo secret-garbage;;
    *) echo 'credentials not found in native keychain'; exit 1;; esac
)");
  config(R"({"credsStore": "test", "credHelpers": {"other": "absent"}, "auths": {"fallback": )" +
         auth("f:1") + "}}");
  EXPECT_EQ(find("docker.io"), "hub:1");
  EXPECT_EQ(find("tok"), ":T");
  EXPECT_EQ(find("unknown"), "-");
  EXPECT_EQ(find("fallback"), "f:1") << "docker login falls back to the file too";
  EXPECT_THAT(store().find("broken", "a"),
              FailsWith(ErrorKind::unauthorized, "docker-credential-test get: exit status 1: no keychain"));
  EXPECT_THAT(store().find("other", "a"), FailsWith(ErrorKind::invalid_input, "docker-credential-absent"));
  auto garbage = store().find("garbage", "a");
  EXPECT_THAT(garbage, FailsWith(ErrorKind::corrupt, "docker-credential-test"));
  EXPECT_EQ(garbage.error().message().find("secret"), std::string::npos);
}

TEST_F(CredentialsTest, StoresWithoutTouchingTheRest) {
  config(R"({"HttpHeaders": {"X": "y"}, "auths": {"other": )" + auth("o:1") + R"(}, "number": 1})");
  must(store().store("docker.io", Credentials("me", "pw")));
  EXPECT_EQ(find("docker.io"), "me:pw");
  EXPECT_EQ(find("other"), "o:1");
  std::string text = folder.read("config.json");
  EXPECT_NE(text.find("\"HttpHeaders\""), std::string::npos);
  EXPECT_NE(text.find("https://index.docker.io/v1/"), std::string::npos) << "docker reads it under this name";
  struct stat status {};
  ::stat((folder.str() + "/config.json").c_str(), &status);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  EXPECT_TRUE(must(store().erase("docker.io")));
  EXPECT_FALSE(must(store().erase("docker.io")));
  EXPECT_EQ(find("docker.io"), "-");
  EXPECT_EQ(find("other"), "o:1");
}

TEST_F(CredentialsTest, StoresIntoANewFileButNeverOverABrokenOne) {
  variables["DOCKER_CONFIG"] = folder.str() + "/new";
  must(store().store("r", Credentials("u", "p")));
  EXPECT_EQ(find("r"), "u:p");
  folder.write("new/config.json", "[1]");
  EXPECT_FALSE(store().store("r", Credentials("u", "p")));
  EXPECT_EQ(folder.read("new/config.json"), "[1]");
}

TEST_F(CredentialsTest, StoresInAHelper) {
  install_helper(
      "file",
      "F=" + folder.str() +
          R"(/kept; case "$1" in store) cat > $F;; get) cat > /dev/null; test -e $F && cat $F || { echo 'credentials not found in native keychain'; exit 1; };; erase) rm -f $F;; esac
)");
  config(R"({"credHelpers": {"r": "file"}})");
  must(store().store("r", Credentials("u", "p\"q")));
  EXPECT_EQ(find("r"), "u:p\"q");
  EXPECT_EQ(folder.read("config.json").find("p\\\"q"), std::string::npos);
  EXPECT_TRUE(must(store().erase("r")));
  EXPECT_FALSE(must(store().erase("r")));
}

}  // namespace
}  // namespace mbuild::remote
