// Downloads, and what becomes of them as files.
#include "builder/context/download.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "builder/context/download_record.h"
#include "builder/context/http_files.h"
#include "registry/base/fs_at.h"
#include "tests/support/fake_time.h"
#include "tests/support/fake_transport.h"
#include "tests/support/result_matchers.h"
#include "tests/support/temp_dir.h"

namespace mbuild::builder {
namespace {

using remote::Request;
using remote::Response;
using test::answer;
using test::FailsWith;
using test::must;

class DownloadTest : public testing::Test {
 protected:
  DownloadTest()
      : transport_([this](const Request& request, const std::string&) { return serve_(request); }),
        downloads_(must(Downloads::open(store_.str(), blobs_, transport_, source_))) {}

  Result<Download> fetch(const std::string& url, const std::string& checksum = "") {
    std::optional<oci::Checksum> wanted;
    if (!checksum.empty()) wanted = must(oci::Checksum::parse(checksum));
    return downloads_.fetch(url, wanted, options_);
  }

  test::TempDir store_;
  oci::ContentStore blobs_ = must(oci::ContentStore::open(store_.str() + "/blobs"));
  test::FakeTime time_;
  remote::TimeSource source_ = time_.source();
  std::function<Result<Response>(const Request&)> serve_ = [](const Request&) { return answer(200, "body"); };
  test::FakeTransport transport_;
  DownloadOptions options_;
  Downloads downloads_;
};

TEST_F(DownloadTest, KeepsTheBodyAndItsTime) {
  serve_ = [](const Request&) {
    return answer(200, "body", {{"Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT"}, {"ETag", "\"1\""}});
  };
  const Download download = must(fetch("https://h/f"));
  EXPECT_EQ(download.content, oci::Digest::of("body"));
  EXPECT_EQ(download.size, 4u);
  EXPECT_EQ(download.last_modified, 784111777);
  EXPECT_EQ(must(blobs_.read(download.content)), "body");
}

TEST_F(DownloadTest, AsksWhetherItChanged) {
  serve_ = [](const Request& request) {
    if (request.headers.get("If-None-Match") == "\"1\"") return answer(304);
    return answer(200, "body", {{"ETag", "\"1\""}, {"Last-Modified", "x"}});
  };
  must(fetch("https://h/f"));
  EXPECT_EQ(must(fetch("https://h/f")).content, oci::Digest::of("body"));
  ASSERT_EQ(transport_.sent.size(), 2u);
  EXPECT_EQ(transport_.sent[1].headers.get("If-Modified-Since"), "x");
  // Another URL is another file.
  must(fetch("https://h/g"));
  EXPECT_FALSE(transport_.sent[2].headers.contains("If-None-Match"));
}

TEST_F(DownloadTest, DoesNotTrustABlobThatIsGoneOrDamaged) {
  serve_ = [](const Request&) { return answer(200, "body", {{"ETag", "\"1\""}}); };
  const Download first = must(fetch("https://h/f"));
  store_.write("blobs/sha256/" + first.content.hex(), "bodx");
  must(fetch("https://h/f"));
  EXPECT_FALSE(transport_.sent[1].headers.contains("If-None-Match"));
  EXPECT_EQ(must(blobs_.read(first.content)), "body");
  must(blobs_.remove(first.content));
  must(fetch("https://h/f"));
  EXPECT_FALSE(transport_.sent[2].headers.contains("If-None-Match"));
}

TEST_F(DownloadTest, WhatTheChecksumAsksForIsNotAskedForAgain) {
  const std::string checksum = oci::Digest::of("body").str();
  must(fetch("https://h/f", checksum));
  must(fetch("https://h/f", checksum));
  EXPECT_EQ(transport_.sent.size(), 1u);
  EXPECT_THAT(fetch("https://h/f", oci::Digest::of("other").str()),
              FailsWith(ErrorKind::corrupt, "digest mismatch"));
  EXPECT_EQ(transport_.sent.size(), 2u);
}

TEST_F(DownloadTest, FollowsRedirectsWithinTheWeb) {
  serve_ = [](const Request& request) {
    if (request.url.target == "/a") return answer(302, "", {{"Location", "https://other/b"}});
    return answer(200, "body");
  };
  must(fetch("https://user:secret@h/a"));
  ASSERT_EQ(transport_.sent.size(), 2u);
  EXPECT_EQ(transport_.sent[0].authorization, "Basic dXNlcjpzZWNyZXQ=");
  EXPECT_EQ(transport_.sent[1].line, "GET https://other/b");
  EXPECT_EQ(transport_.sent[1].authorization, "");
}

TEST_F(DownloadTest, RefusesRedirectsElsewhere) {
  for (const char* location :
       {"file:///etc/passwd", "http://h/plain", "ftp://h/x", "gopher://h", "unix:///run/docker.sock"}) {
    serve_ = [&](const Request&) { return answer(301, "", {{"Location", location}}); };
    const auto result = fetch("https://h/a");
    ASSERT_FALSE(result) << location;
    EXPECT_EQ(transport_.sent.back().line, "GET https://h/a") << location;
  }
  serve_ = [](const Request&) { return answer(302); };
  EXPECT_THAT(fetch("https://h/a"), FailsWith(ErrorKind::corrupt, "Location"));
}

TEST_F(DownloadTest, SecretsGoToTheirHostAlone) {
  options_.secrets = [](const std::string& id) -> Result<std::optional<std::string>> {
    if (id == "HTTP_AUTH_TOKEN_h") return "t";
    if (id == "HTTP_AUTH_HEADER_other:8080") return "Custom x";
    return std::nullopt;
  };
  must(fetch("https://h/a"));
  must(fetch("https://other:8080/a"));
  must(fetch("https://other/a"));
  EXPECT_EQ(transport_.sent[0].authorization, "Bearer t");
  EXPECT_EQ(transport_.sent[1].authorization, "Custom x");
  EXPECT_EQ(transport_.sent[2].authorization, "");
}

TEST_F(DownloadTest, LimitsWhatItTakes) {
  options_.largest = 3;
  EXPECT_THAT(fetch("https://h/a"), FailsWith(ErrorKind::no_space, "larger than 3 bytes"));
  serve_ = [](const Request&) { return answer(200, "body", {{"Content-Length", "99999999999"}}); };
  options_.largest = 1000;
  EXPECT_THAT(fetch("https://h/a"), FailsWith(ErrorKind::no_space, "larger than 1000 bytes"));
}

TEST_F(DownloadTest, TriesAgainWhatMayPass) {
  int asked = 0;
  serve_ = [&](const Request&) -> Result<Response> {
    if (++asked == 1) return fail(ErrorKind::unavailable, "cut");
    return asked == 2 ? answer(503) : answer(200, "body");
  };
  must(fetch("https://h/a"));
  EXPECT_EQ(asked, 3);
  serve_ = [](const Request&) { return answer(404); };
  EXPECT_THAT(fetch("https://user:secret@h/b"), FailsWith(ErrorKind::not_found, "https://h/b: 404"));
  EXPECT_THAT(fetch("https://h:nope/"), FailsWith(ErrorKind::invalid_input, "port"));
}

TEST_F(DownloadTest, ADamagedRecordIsNone) {
  DownloadRecord record{"e", "l", oci::Digest::of("x"), 1};
  must(write_download_record(store_.fd(), "https://h/a", record));
  EXPECT_EQ(read_download_record(store_.fd(), "https://h/a")->etag, "e");
  EXPECT_FALSE(read_download_record(store_.fd(), "https://h/b"));
  store_.write(oci::Digest::of("https://h/a").hex() + ".json", "{\"content\":\"sha256:..\"}");
  EXPECT_FALSE(read_download_record(store_.fd(), "https://h/a"));
}

TEST_F(DownloadTest, AFileHasItsNameModeAndTime) {
  serve_ = [](const Request&) {
    return answer(200, "body", {{"Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT"}});
  };
  HttpFiles files({"https://h/f", "na*me", std::nullopt, options_, store_.fd(), "0"}, downloads_, blobs_);
  EXPECT_NE(must(files.version()).find(oci::Digest::of("body").str()), std::string::npos);
  const SourceTree tree = must(files.open());
  struct stat status {};
  ASSERT_EQ(::fstatat(tree.root, "na*me", &status, AT_SYMLINK_NOFOLLOW), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600u);
  EXPECT_EQ(status.st_mtim.tv_sec, 784111777);
  EXPECT_EQ(must(fs_at::read_file(tree.root, "na*me", fs_at::Links::refuse, 100)), "body");
  EXPECT_EQ(transport_.sent.size(), 1u);
}

TEST_F(DownloadTest, AContextMustBeAnArchive) {
  HttpFiles files({"https://h/f", "", std::nullopt, options_, store_.fd(), "0"}, downloads_, blobs_);
  EXPECT_THAT(files.open(), FailsWith(ErrorKind::invalid_input, "must be a tar archive"));
}

}  // namespace
}  // namespace mbuild::builder
