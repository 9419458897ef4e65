// The environment git runs in, and checking out from a repository of this machine.
#include "builder/context/git_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>

#include "builder/context/git_tidy.h"
#include "registry/base/fs_at.h"
#include "registry/remote/run_program.h"
#include "tests/support/result_matchers.h"
#include "tests/support/temp_dir.h"

namespace mbuild::builder {
namespace {

using test::FailsWith;
using test::must;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

remote::Environment environment_of(std::map<std::string, std::string> variables) {
  return [variables](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  };
}

TEST(GitEnvironment, HoldsNothingOfTheUsersOwn) {
  GitSettings settings;
  settings.environment = environment_of({{"PATH", "/bin"},
                                         {"HOME", "/home/me"},
                                         {"GIT_DIR", "/evil"},
                                         {"GIT_EXEC_PATH", "/evil"},
                                         {"GIT_SSH_COMMAND", "evil"},
                                         {"GIT_ASKPASS", "evil"},
                                         {"SSH_AUTH_SOCK", "/agent"},
                                         {"LD_PRELOAD", "/evil"},
                                         {"https_proxy", "http://p"},
                                         {"SSL_CERT_FILE", "/ca"}});
  const std::vector<std::string> environment = git_environment(settings);
  EXPECT_THAT(environment, Not(Contains(HasSubstr("evil"))));
  EXPECT_THAT(environment, Not(Contains(HasSubstr("/home/me"))));
  EXPECT_THAT(environment, Not(Contains(HasSubstr("SSH_AUTH_SOCK"))));
  EXPECT_THAT(environment, Contains("PATH=/bin"));
  EXPECT_THAT(environment, Contains("https_proxy=http://p"));
  EXPECT_THAT(environment, Contains("GIT_SSL_CAINFO=/ca"));
  EXPECT_THAT(environment, Contains("GIT_ALLOW_PROTOCOL=http:https:git:ssh"));
  EXPECT_THAT(environment, Contains("GIT_CONFIG_GLOBAL=/dev/null"));
  EXPECT_THAT(environment, Contains("GIT_TERMINAL_PROMPT=0"));
  EXPECT_THAT(environment, Contains(HasSubstr("StrictHostKeyChecking=yes")));
}

TEST(GitEnvironment, CredentialsBelongToOneOrigin) {
  GitSettings settings;
  settings.environment = environment_of({});
  settings.authorization = "Authorization: basic x";
  settings.authorized_origin = "https://h/";
  settings.ssh_socket = "/agent";
  const std::vector<std::string> environment = git_environment(settings);
  EXPECT_THAT(environment, Contains(HasSubstr("=http.https://h/.extraHeader")));
  EXPECT_THAT(environment, Contains(HasSubstr("=Authorization: basic x")));
  EXPECT_THAT(environment, Contains("SSH_AUTH_SOCK=/agent"));
  EXPECT_THAT(environment, Contains(HasSubstr("=http.followRedirects")));
}

TEST(GitProgram, SaysWhatGitSaidWithoutPasswords) {
  GitProgram git({});
  auto result = git.run("", {"ls-remote", "--", "https://user:secret@127.0.0.1:1/r.git"});
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().message(), HasSubstr("git ls-remote: "));
  EXPECT_THAT(result.error().message(), Not(HasSubstr("secret")));
  EXPECT_THAT(git.run("", {"ls-remote", "--", "ext::sh -c true"}),
              FailsWith(ErrorKind::invalid_input, "not allowed"));
  EXPECT_THAT(git.run("", {"ls-remote", "--", "file:///"}),
              FailsWith(ErrorKind::invalid_input, "not allowed"));
}

TEST(GitProgram, IsMissedByName) {
  // posix_spawnp() looks along this process's own PATH.
  const std::string path = std::getenv("PATH");
  setenv("PATH", "/nonexistent", 1);
  auto result = GitProgram({}).run("", {"version"});
  setenv("PATH", path.c_str(), 1);
  EXPECT_THAT(result, FailsWith(ErrorKind::unsupported, "git is not installed"));
  EXPECT_TRUE(GitProgram({}).run("", {"version"}));
}

TEST(GitFiles, AddressesThatAnswerNothingFail) {
  test::TempDir work;
  GitFilesRequest request;
  request.source = *parser::read_git_source("http://user:secret@127.0.0.1:1/r.git#main");
  request.work = work.fd();
  request.work_name = "0";
  GitFiles files(std::move(request));
  auto version = files.version();
  ASSERT_FALSE(version);
  EXPECT_THAT(version.error().message(), HasSubstr("git http://xxxxx@127.0.0.1:1/r.git#main: "));
  EXPECT_THAT(version.error().message(), Not(HasSubstr("secret")));
}

TEST(GitTidy, LeavesWhatGitTracks) {
  test::TempDir folder;
  folder.write("d/plain", "x");
  folder.write("d/run", "x");
  folder.write(".git/config", "x");
  folder.write("sub/.git", "gitdir: elsewhere");
  const std::string top = folder.str();
  ::chmod((top + "/d/plain").c_str(), 0666);
  ::chmod((top + "/d/run").c_str(), 0700);
  ::chmod((top + "/d").c_str(), 0700);
  ASSERT_EQ(::symlink("/etc/passwd", (top + "/link").c_str()), 0);
  GitTidyOptions options;
  options.mtime = 1'000'000'000;
  must(tidy_checkout(folder.fd(), options));
  const auto mode = [&](const char* name) {
    return must(fs_at::stat_if_exists(folder.fd(), name, fs_at::Links::refuse))->st_mode & 07777;
  };
  EXPECT_EQ(mode("d"), 0755u);
  EXPECT_EQ(mode("d/plain"), 0644u);
  EXPECT_EQ(mode("d/run"), 0755u);
  EXPECT_EQ(must(fs_at::list(folder.fd())), (std::vector<std::string>{"d", "link", "sub"}));
  EXPECT_FALSE(must(fs_at::stat_if_exists(folder.fd(), "sub/.git", fs_at::Links::refuse)));
  EXPECT_EQ(must(fs_at::stat_if_exists(folder.fd(), "d/run", fs_at::Links::refuse))->st_mtim.tv_sec, 1);
  EXPECT_EQ(must(fs_at::stat_if_exists(folder.fd(), "link", fs_at::Links::refuse))->st_mtim.tv_sec, 1);
}

TEST(GitTidy, KeepsTheGitDirectoryWhenAsked) {
  test::TempDir folder;
  folder.write(".git/config", "x");
  GitTidyOptions options;
  options.keep_git_dir = true;
  must(tidy_checkout(folder.fd(), options));
  EXPECT_EQ(folder.read(".git/config"), "x");
}

}  // namespace
}  // namespace mbuild::builder
