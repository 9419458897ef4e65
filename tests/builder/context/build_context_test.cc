// Ignore files, local directories and tar streams as build contexts.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "builder/context/fingerprint.h"
#include "builder/context/local_context.h"
#include "builder/context/tar_context.h"
#include "registry/base/memory_stream.h"
#include "tests/builder/context/archive_maker.h"
#include "tests/builder/context/tree_text.h"

namespace mbuild::builder {

namespace {

using Patterns = std::vector<std::string>;

TEST(IgnoreFilter, NoneIsEmpty) {
  const test::TemporaryDirectory context;
  const IgnoreFilter filter = load_ignore_filter(context.fd(), context.fd(), "Dockerfile").value();
  EXPECT_EQ(filter.file, "");
  EXPECT_TRUE(filter.matcher.empty());
}

TEST(IgnoreFilter, TheDockerfilesOwnBeatsTheContexts) {
  const test::TemporaryDirectory context;
  const test::TemporaryDirectory elsewhere;
  test::make_tree(context.path(), "f .dockerignore =context");
  EXPECT_EQ(load_ignore_filter(context.fd(), elsewhere.fd(), "app.Dockerfile")->patterns,
            Patterns{"context"});
  test::make_tree(elsewhere.path(), "f app.Dockerfile.dockerignore =own\nf .dockerignore =elsewhere");
  const IgnoreFilter own = load_ignore_filter(context.fd(), elsewhere.fd(), "app.Dockerfile").value();
  EXPECT_EQ(own.patterns, Patterns{"own"});
  EXPECT_EQ(own.file, "app.Dockerfile.dockerignore");
  EXPECT_EQ(load_ignore_filter(context.fd(), elsewhere.fd(), "other.Dockerfile")->patterns,
            Patterns{"context"});
  EXPECT_EQ(load_ignore_filter(context.fd(), -1, "app.Dockerfile")->patterns, Patterns{"context"});
}

TEST(IgnoreFilter, AnEmptyOneOfItsOwnStillBeatsTheContexts) {
  const test::TemporaryDirectory context;
  test::make_tree(context.path(), "f .dockerignore =context\nf Dockerfile.dockerignore");
  EXPECT_TRUE(load_ignore_filter(context.fd(), context.fd(), "Dockerfile")->matcher.empty());
}

TEST(IgnoreFilter, BadPatternsNameFileAndLine) {
  const test::TemporaryDirectory context;
  test::make_tree(context.path(), "f .dockerignore =!");
  const auto filter = load_ignore_filter(context.fd(), -1, "");
  ASSERT_FALSE(filter);
  EXPECT_EQ(filter.error().kind(), ErrorKind::invalid_input);
  EXPECT_NE(filter.error().message().find(".dockerignore:1: "), std::string::npos);
  EXPECT_NE(filter.error().message().find("illegal exclusion pattern"), std::string::npos);
}

TEST(IgnoreFilter, LinksStayInside) {
  const test::TemporaryDirectory context;
  test::make_tree(context.path(), "l .dockerignore >/../real\nf real =pattern");
  EXPECT_EQ(load_ignore_filter(context.fd(), -1, "")->patterns, Patterns{"pattern"});
}

TEST(IgnoreFilter, WhatIsNoFileIsAnError) {
  const test::TemporaryDirectory context;
  test::make_tree(context.path(), "p .dockerignore");
  EXPECT_FALSE(load_ignore_filter(context.fd(), -1, ""));
}

TEST(LocalContextTest, SelectsWhatIsNotIgnoredAndKeepsAnIndex) {
  const test::TemporaryDirectory files;
  const test::TemporaryDirectory store;
  test::make_tree(files.path(), "f .dockerignore =*.log\nf a =1\nf b.log =2");
  const LocalContextRequest request{.directory = files.path(),
                                    .dockerfile_directory = files.fd(),
                                    .dockerfile = "Dockerfile",
                                    .index_folder = store.fd()};
  ::usleep(130'000);  // so that the files are not racy
  oci::Digest first;
  {
    const LocalContext context = LocalContext::open(request).value();
    Selection selection = select(context.tree(), {.sources = {"."}, .exclude = {}}).value();
    EXPECT_EQ(selection.sources[0].file.children->files.size(), 2U);
    first = fingerprint(context.tree(), selection).value();
    ASSERT_TRUE(context.save_index());
  }
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(store.path()), {}), 1);
  // The same directory, written otherwise.
  LocalContextRequest same = request;
  same.directory += "/./";
  const LocalContext context = LocalContext::open(same).value();
  Selection selection = select(context.tree(), {.sources = {"."}, .exclude = {}}).value();
  EXPECT_TRUE(context.tree().index->find("a", selection.sources[0].file.children->files[1].identity));
  EXPECT_EQ(fingerprint(context.tree(), selection).value(), first);
}

TEST(LocalContextTest, MissingDirectoryIsNamed) {
  const auto context = LocalContext::open({.directory = "/no/such/directory", .dockerfile = ""});
  ASSERT_FALSE(context);
  EXPECT_EQ(context.error().kind(), ErrorKind::not_found);
  EXPECT_NE(context.error().message().find("/no/such/directory"), std::string::npos);
}

TEST(LocalContextTest, FileIsNoContext) {
  const test::TemporaryDirectory files;
  test::make_tree(files.path(), "f a");
  EXPECT_FALSE(LocalContext::open({.directory = files.path() + "/a", .dockerfile = ""}));
}

class TarContextTest : public testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "owners need root";
  }
  Result<TarContext> unpack(const std::string& bytes) {
    stream_ = bytes;
    return TarContext::unpack(std::make_unique<MemorySource>(std::string_view(stream_)), work_.fd(),
                              "context");
  }
  bool left_nothing() const { return std::filesystem::is_empty(work_.path()); }

  std::string stream_;
  test::TemporaryDirectory work_;
};

TEST_F(TarContextTest, KeepsOwnersAndKnowsNoIgnoreFile) {
  test::Member owned = test::file("d/a", "1");
  owned.entry.uid = 5;
  {
    const auto context = unpack(test::make_archive({owned, test::file(".dockerignore", "d")}, "gzip"));
    ASSERT_TRUE(context) << context.error().message();
    const Selection selection = select(context->tree(), {.sources = {"d/a"}, .exclude = {}}).value();
    EXPECT_EQ(selection.sources[0].file.uid, 5U);
  }
  EXPECT_TRUE(left_nothing());
}

TEST_F(TarContextTest, CanBeMoved) {
  auto first = unpack(test::make_archive({test::file("a", "1")}));
  ASSERT_TRUE(first);
  TarContext second = std::move(*first);
  EXPECT_TRUE(select(second.tree(), {.sources = {"a"}, .exclude = {}}));
}

TEST_F(TarContextTest, FailuresLeaveNothingAndBlameTheSender) {
  const std::string bad[] = {
      "no archive at all", std::string(2000, 'x'), test::make_archive({test::file("../a", "1")}),
      test::make_archive({test::file("a", std::string(50'000, 'x'))}).substr(0, 20'000)};
  for (const std::string& bytes : bad) {
    const auto context = unpack(bytes);
    ASSERT_FALSE(context);
    EXPECT_EQ(context.error().kind(), ErrorKind::invalid_input) << context.error().message();
    EXPECT_NE(context.error().message().find("unpack build context"), std::string::npos);
    EXPECT_TRUE(left_nothing());
  }
}

}  // namespace

}  // namespace mbuild::builder
