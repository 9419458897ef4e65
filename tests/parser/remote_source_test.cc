#include "parser/remote_source.h"

#include <gtest/gtest.h>

namespace mbuild::parser {
namespace {

TEST(SourceKind, IsToldByTheForm) {
  EXPECT_EQ(source_kind("https://host/a.tar.gz"), SourceKind::http);
  EXPECT_EQ(source_kind("HTTP://host/a"), SourceKind::http);
  EXPECT_EQ(source_kind("https://host/a.git"), SourceKind::git);
  EXPECT_EQ(source_kind("https://host/a.git#main:sub"), SourceKind::git);
  EXPECT_EQ(source_kind("https://host/a.git?ref=v1"), SourceKind::git);
  EXPECT_EQ(source_kind("https://host/a?file=x.git"), SourceKind::http);
  EXPECT_EQ(source_kind("git://host/a"), SourceKind::git);
  EXPECT_EQ(source_kind("ssh://git@host/a"), SourceKind::git);
  EXPECT_EQ(source_kind("git@host:a/b.git"), SourceKind::git);
  EXPECT_EQ(source_kind("me@host:a"), SourceKind::git);
  EXPECT_EQ(source_kind("file:///etc/passwd"), SourceKind::local);
  EXPECT_EQ(source_kind("github.com/a/b"), SourceKind::local);
  EXPECT_EQ(source_kind("a@b"), SourceKind::local);
  EXPECT_EQ(source_kind("http://"), SourceKind::local);
  EXPECT_EQ(context_kind("github.com/a/b"), SourceKind::git);
  EXPECT_EQ(context_kind("."), SourceKind::local);
}

GitSource git(std::string_view text) {
  auto source = read_git_source(text);
  EXPECT_TRUE(source) << text << ": " << source.error();
  return source.value_or(GitSource{});
}

TEST(GitSource, FragmentNamesRefAndDirectory) {
  GitSource source = git("https://host/r.git#v1.2:a/../b/");
  EXPECT_EQ(source.remote, "https://host/r.git");
  EXPECT_EQ(source.ref, "v1.2");
  EXPECT_EQ(source.subdir, "b");
  EXPECT_TRUE(source.submodules);
  EXPECT_FALSE(source.keep_git_dir);
  EXPECT_EQ(git("git@host:r.git#:/x").subdir, "x");
  EXPECT_EQ(git("git://host/r#:../../x").subdir, "x");
  EXPECT_EQ(git("github.com/a/b").remote, "https://github.com/a/b");
}

TEST(GitSource, QueryKeys) {
  GitSource source =
      git("https://h/r.git?tag=v1&subdir=d%2Fe&commit=abc123&keep-git-dir&submodules=false&mtime=commit"
          "&fetch-by-commit=1");
  EXPECT_EQ(source.ref, "refs/tags/v1");
  EXPECT_EQ(source.subdir, "d/e");
  EXPECT_EQ(source.checksum, "abc123");
  EXPECT_TRUE(source.keep_git_dir);
  EXPECT_FALSE(source.submodules);
  EXPECT_TRUE(source.commit_time);
  EXPECT_TRUE(source.fetch_by_commit);
  EXPECT_EQ(git("ssh://h/r?branch=main").ref, "refs/heads/main");
  EXPECT_EQ(git("ssh://h/r?ref=main#main").ref, "main");
}

TEST(GitSource, ContradictionsAndUnknownKeysAreErrors) {
  const std::pair<const char*, const char*> rows[] = {
      {"https://h/r.git?ref=a&ref=b", "query \"ref\" has multiple values"},
      {"https://h/r.git?ref=a#b", "ref conflicts with the ref after #"},
      {"https://h/r.git?branch=a&tag=b", "tag conflicts with branch"},
      {"https://h/r.git?subdir=a#:b", "subdir conflicts"},
      {"https://h/r.git?ref", "query \"ref\" has no value"},
      {"https://h/r.git?depth=1", "unexpected query \"depth\""},
      {"https://h/r.git?mtime=now", "invalid mtime \"now\""},
      {"https://h/r.git?submodules=maybe", "invalid value for query \"submodules\""},
      {"https://h/r.git?checksum=xyz", "expected hex commit hash"},
      {"https://h/r.git?checksum=ab&commit=cd", "checksum conflicts with commit"},
  };
  for (const auto& [text, message] : rows) {
    auto source = read_git_source(text);
    ASSERT_FALSE(source) << text;
    EXPECT_NE(source.error().find(message), std::string::npos) << text << ": " << source.error();
  }
}

// What git would take for an option, a command or something else than what it is.
TEST(GitSource, HostileAddressesAreRefused) {
  for (const char* text : {
           "https://h/r.git#--upload-pack=touch${IFS}x",
           "https://h/r.git#-x",
           "https://h/r.git?ref=--output%3Dx",
           "https://h/r.git#a b",
           "https://h/r.git#a%0a\n",
           "https://h/r.git#a..b",
           "https://h/r.git#a^{/x}",
           "ssh://-oProxyCommand=x/r",
           "ssh://git@-oProxyCommand=x/r",
           "git@-host:r",
           "git@host:-r",
           "git@host:",
           "ssh://host",
           "ssh://host/",
           "ssh:///r",
           "git://h/r\\x",
       })
    EXPECT_FALSE(read_git_source(text)) << text;
}

TEST(GitSource, FlagsMustAgreeWithTheAddress) {
  GitSource source = git("https://h/r.git?keep-git-dir=true&commit=ab12");
  EXPECT_FALSE(apply_git_flags(source, "", false));
  EXPECT_FALSE(apply_git_flags(source, "cd34", std::nullopt));
  EXPECT_TRUE(apply_git_flags(source, "ab12", true));
  GitSource plain = git("https://h/r.git");
  GitSource other = plain;
  EXPECT_FALSE(apply_git_flags(other, "sha256:ab", std::nullopt));
  EXPECT_TRUE(apply_git_flags(plain, "ab", true));
  EXPECT_TRUE(plain.keep_git_dir);
  EXPECT_EQ(plain.checksum, "ab");
}

TEST(GitSource, MessagesShowNoPassword) {
  EXPECT_EQ(git("https://user:secret@h/r.git#main:d").display(), "https://xxxxx@h/r.git#main:d");
  EXPECT_EQ(git("https://token@h/r.git").display(), "https://xxxxx@h/r.git");
  EXPECT_EQ(git("ssh://git@h/r").display(), "ssh://git@h/r");
  EXPECT_EQ(without_password("http://h/a@b"), "http://h/a@b");
  EXPECT_EQ(without_password("no url"), "no url");
}

TEST(DownloadName, IsTheLastPartOfThePath) {
  EXPECT_EQ(download_name("https://h/a/b.txt"), "b.txt");
  EXPECT_EQ(download_name("https://h/a/b.txt?x=/c#d"), "b.txt");
  EXPECT_EQ(download_name("https://h/a/"), "a");
  EXPECT_EQ(download_name("https://h/a%20b"), "a b");
  EXPECT_EQ(download_name("https://h/"), "__unnamed__");
  EXPECT_EQ(download_name("https://h"), "__unnamed__");
  EXPECT_EQ(download_name("https://h/x/.."), "__unnamed__");
  EXPECT_EQ(download_name("https://h/%2e%2e%2f.."), "__unnamed__");
  EXPECT_EQ(download_name("https://h/a%2Fpasswd"), "passwd");
  EXPECT_EQ(download_name("https://h/a%00b"), "__unnamed__");
}

}  // namespace
}  // namespace mbuild::parser
