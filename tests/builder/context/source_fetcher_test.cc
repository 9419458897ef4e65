#include "builder/context/source_fetcher.h"

#include <gtest/gtest.h>

#include "builder/context/scratch_folder.h"
#include "builder/context/selection.h"
#include "registry/base/fs_at.h"
#include "registry/base/memory_stream.h"
#include "tests/builder/context/archive_maker.h"
#include "tests/support/fake_time.h"
#include "tests/support/fake_transport.h"
#include "tests/support/result_matchers.h"
#include "tests/support/temp_dir.h"

namespace mbuild::builder {
namespace {

using test::FailsWith;
using test::must;

class SourceFetcherTest : public testing::Test {
 protected:
  SourceFetcherTest()
      : downloads_(must(Downloads::open(store_.str(), blobs_, transport_, time_))), fetcher_(make()) {}

  SourceFetcher make() {
    SourceFetcherOptions options;
    options.work = work_.fd();
    return SourceFetcher(std::move(options), downloads_, blobs_);
  }

  test::TempDir store_;
  test::TempDir work_;
  oci::ContentStore blobs_ = must(oci::ContentStore::open(store_.str() + "/blobs"));
  test::FakeTime clock_;
  remote::TimeSource time_ = clock_.source();
  test::FakeTransport transport_{[](const remote::Request& request, const std::string&) {
    return test::answer(200, request.url.target);
  }};
  Downloads downloads_;
  SourceFetcher fetcher_;
};

TEST_F(SourceFetcherTest, OneObjectForEachSource) {
  const auto first = must(fetcher_.http_file("https://h/a", "a", "", nullptr));
  EXPECT_EQ(must(fetcher_.http_file("https://h/a", "a", "", nullptr)), first);
  EXPECT_NE(must(fetcher_.http_file("https://h/b", "b", "", nullptr)), first);
  EXPECT_TRUE(transport_.sent.empty());
  must(first->version());
  must(first->open());
  EXPECT_EQ(transport_.sent.size(), 1u);

  parser::GitSource git = *parser::read_git_source("https://h/r.git");
  const auto repository = must(fetcher_.repository(git));
  EXPECT_EQ(must(fetcher_.repository(git)), repository);
  git.submodules = false;
  EXPECT_NE(must(fetcher_.repository(git)), repository);
}

TEST_F(SourceFetcherTest, ContextsByTheirLocation) {
  const auto empty = must(fetcher_.context("", {}));
  EXPECT_TRUE(must(fs_at::list(must(empty->open()).root)).empty());
  EXPECT_FALSE(must(empty->version()).empty());

  test::TempDir folder;
  folder.write("f", "x");
  folder.write(".dockerignore", "f");
  const auto local = must(fetcher_.context(folder.str(), {}));
  EXPECT_TRUE(must(local->version()).empty());
  EXPECT_FALSE(select(must(local->open()), {.sources = {"f"}, .exclude = {}}));

  EXPECT_THAT(fetcher_.context("https://h/r.git#-x", {}), FailsWith(ErrorKind::invalid_input, "invalid ref"));
  EXPECT_THAT(fetcher_.context("/nonexistent/context", {}),
              FailsWith(ErrorKind::not_found, "/nonexistent/context"));
  EXPECT_THAT(fetcher_.archive(std::make_unique<MemorySource>(std::string_view("no archive"))),
              FailsWith(ErrorKind::invalid_input, "unpack build context"));
}

TEST_F(SourceFetcherTest, TimesAreThoseOfTheOrigin) {
  test::Member old = test::file("old", "1"), young = test::file("young", "2"), folder = test::directory("d");
  old.entry.mtime = 5'000'000'000;
  young.entry.mtime = 7'900'000'000;
  folder.entry.mtime = 9'000'000'000;
  const std::string archive = test::make_archive({old, young, folder, old}, "gzip");
  test::FakeTransport web([&](const remote::Request& request, const std::string&) {
    remote::Headers headers;
    if (request.url.target == "/dated") headers.set("Last-Modified", "Tue, 14 Nov 2023 22:13:20 GMT");
    return test::answer(200, request.url.target == "/plain" ? "plain" : archive, std::move(headers));
  });
  const Downloads downloads = must(Downloads::open(store_.str(), blobs_, web, time_));
  SourceFetcherOptions options;
  options.work = work_.fd();
  SourceFetcher fetcher(std::move(options), downloads, blobs_);
  const auto time_of = [&](const char* path) {
    return must(must(fetcher.http_file(std::string("https://h") + path, "name", "", nullptr))->time());
  };
  EXPECT_EQ(time_of("/dated"), 1'700'000'000);
  EXPECT_EQ(time_of("/archive"), 7);
  EXPECT_EQ(time_of("/plain"), std::nullopt);
  EXPECT_EQ(must(must(fetcher.context("https://h/archive", {}))->time()), 7);
  EXPECT_EQ(must(must(fetcher.context(work_.str(), {}))->time()), std::nullopt);
}

TEST_F(SourceFetcherTest, ChecksumsAreCheckedBeforeAnythingIsAsked) {
  EXPECT_THAT(fetcher_.http_file("https://h/a", "a", "md5:00", nullptr),
              FailsWith(ErrorKind::invalid_input, "unsupported digest algorithm"));
  EXPECT_TRUE(transport_.sent.empty());
}

TEST(ScratchFolder, GoesWithItsOwner) {
  test::TempDir work;
  {
    ScratchFolder folder = must(ScratchFolder::make(work.fd(), "0"));
    work.write("0/d/f", "x");
    EXPECT_EQ(folder.path(), work.str() + "/0");
    ScratchFolder moved = std::move(folder);
    EXPECT_FALSE(folder);
    EXPECT_TRUE(moved);
    EXPECT_THAT(ScratchFolder::make(work.fd(), "0"), FailsWith(ErrorKind::io, "make a folder"));
  }
  EXPECT_TRUE(must(fs_at::list(work.fd())).empty());
}

}  // namespace
}  // namespace mbuild::builder
