#include "cli/kaniko_context.h"

#include <gtest/gtest.h>

#include <map>

#include "tests/support/result_matchers.h"

namespace mbuild::cli {
namespace {

using test::FailsWith;
using test::must;

using Variables = std::map<std::string, std::string>;

Result<std::optional<KanikoRemoteContext>> read(const std::string& context, const std::string& sub_path = "",
                                                const std::vector<std::string>& git = {},
                                                const Variables& variables = {}) {
  return remote_context(context, sub_path, git,
                        [&variables](const std::string& name) -> std::optional<std::string> {
                          const auto found = variables.find(name);
                          return found == variables.end() ? std::nullopt : std::optional(found->second);
                        });
}

std::string url(const std::string& context, const std::string& sub_path = "",
                const std::vector<std::string>& git = {}, const Variables& variables = {}) {
  return must(read(context, sub_path, git, variables))->url;
}

TEST(KanikoContext, Repositories) {
  const std::string begin = "https://h:1/a/b.git?keep-git-dir=true&submodules=";
  EXPECT_EQ(url("git://h:1/a/b"), begin + "false#");
  EXPECT_EQ(url("git://h:1/a/b.git#refs/heads/x"), begin + "false#refs/heads/x");
  EXPECT_EQ(url("git://h:1/a/b#refs/heads/x#0123"), begin + "false#0123");
  EXPECT_EQ(url("git://h:1/a/b", "d/e", {"branch=x,single-branch=true", "recurse-submodules=1"}),
            begin + "true#refs/heads/x:d/e");
  EXPECT_EQ(url("git://h:1/a/b#refs/tags/v", "", {"branch=x"}), begin + "false#refs/tags/v");
  EXPECT_EQ(url("git://h/b", "", {}, {{"GIT_PULL_METHOD", "http"}}).substr(0, 9), "http://h/");
  EXPECT_EQ(url("git://h/b", "", {}, {{"GIT_PULL_METHOD", "file"}}).substr(0, 10), "https://h/");
}

TEST(KanikoContext, CredentialsAreNoPartOfTheAddress) {
  const auto token = must(read("git://h:1/b", "", {}, {{"GIT_TOKEN", "t"}, {"GIT_PASSWORD", "p"}}));
  EXPECT_EQ(token->authorization, "Basic dDo=");  // "t:"
  EXPECT_EQ(token->host, "h:1");
  EXPECT_EQ(must(read("git://h/b", "", {}, {{"GIT_USERNAME", "u"}, {"GIT_PASSWORD", "p"}}))->authorization,
            "Basic dTpw");  // "u:p"
  EXPECT_EQ(must(read("git://u@h/b"))->host, "h");
  EXPECT_EQ(must(read("https://h/c.tar.gz", "", {}, {{"GIT_TOKEN", "t"}}))->authorization, "");
}

TEST(KanikoContext, OtherPlaces) {
  for (const char* local : {"/workspace", "dir:///workspace", "tar://stdin", "relative"})
    EXPECT_EQ(must(read(local)), std::nullopt) << local;
  EXPECT_EQ(url("https://h/c.tar.gz"), "https://h/c.tar.gz");
  for (const char* wrong : {"gs://b/c", "s3://b/c", "git://h", "git:///b", "git://h/b#-x", "git://h/b?x=y"})
    EXPECT_THAT(read(wrong), FailsWith(ErrorKind::invalid_input, "--context ")) << wrong;
  EXPECT_THAT(read("https://h/c.tar", "sub"), FailsWith(ErrorKind::invalid_input, "--context-sub-path"));
  for (const char* wrong : {"branch", "depth=1", "single-branch=maybe", "insecure-skip-tls=true"})
    EXPECT_THAT(read("git://h/b", "", {wrong}), FailsWith(ErrorKind::invalid_input, "--git")) << wrong;
}

}  // namespace
}  // namespace mbuild::cli
