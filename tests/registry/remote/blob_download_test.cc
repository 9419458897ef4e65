#include "registry/remote/blob_download.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/support/fake_time.h"
#include "tests/support/fake_transport.h"
#include "tests/support/result_matchers.h"
#include "tests/support/test_image.h"

namespace mbuild::remote {
namespace {

using namespace std::chrono_literals;
using test::answer;
using test::FailsWith;
using test::must;

class BlobDownload : public testing::Test {
 protected:
  Endpoints make(const std::string& registries = "{}") {
    return Endpoints({must(Registries::parse(registries, "r")), "mbuild",
                      RetryPolicy{.attempts = 4, .first_delay = 100ms, .total = 1h}, time.source()},
                     transport, credentials);
  }
  Result<std::string> download(const std::string& registries = "{}") {
    Endpoints endpoints = make(registries);
    auto source = must(open_download(endpoints, reference, descriptor, {slots, nullptr}));
    return test::read_all(*source);
  }
  // The part that a Range header asks for, cut after `most` bytes.
  Result<Response> serve_range(const Request& request, std::size_t most) {
    std::size_t first = 0;
    auto range = request.headers.get("Range");
    if (range) first = std::stoul(std::string(range->substr(6)));
    std::string part = content.substr(first, most);
    if (first + part.size() < content.size())
      transport.cut_after_body = Error(ErrorKind::unavailable, "reset");
    if (!range) return answer(200, part);
    return answer(
        206, part,
        {{"Content-Range", fmt::format("bytes {}-{}/{}", first, content.size() - 1, content.size())}});
  }

  std::string content = test::random_bytes(1'000'000, 1);
  oci::Descriptor descriptor{.media_type = std::string(oci::media_type::kOciLayerTar),
                             .digest = oci::Digest::of(content),
                             .size = content.size(),
                             .urls = {},
                             .annotations = {},
                             .platform = {},
                             .artifact_type = {}};
  oci::Reference reference = must(oci::Reference::parse("reg.example/a:1"));
  test::FakeTime time;
  Slots slots{2};
  Endpoints::FindCredentials credentials = [](auto&, auto&) -> Result<std::optional<Credentials>> {
    return std::nullopt;
  };
  test::FakeTransport::Handler handler = [this](const Request&, const std::string&) {
    return answer(200, content);
  };
  test::FakeTransport transport{
      [this](const Request& r, const std::string& body) { return handler(r, body); }};
};

TEST_F(BlobDownload, GivesTheContent) {
  EXPECT_TRUE(must(download()) == content);
  EXPECT_EQ(transport.sent.at(0).line, "GET https://reg.example/v2/a/blobs/" + descriptor.digest.str());
}

TEST_F(BlobDownload, ResumesWhereItWasCut) {
  handler = [&](const Request& request, const std::string&) { return serve_range(request, 300'000); };
  EXPECT_TRUE(must(download()) == content);
  ASSERT_EQ(transport.sent.size(), 4u);
  EXPECT_EQ(transport.sent[1].headers.get("Range"), "bytes=300000-");
  EXPECT_EQ(transport.sent[3].headers.get("Range"), "bytes=900000-");
}

TEST_F(BlobDownload, ResumesAsOftenAsThereIsProgress) {
  handler = [&](const Request& request, const std::string&) { return serve_range(request, 50'000); };
  EXPECT_TRUE(must(download()) == content);
  EXPECT_EQ(transport.sent.size(), 20u);
}

TEST_F(BlobDownload, SkipsWhatAServerWithoutRangesSendsAgain) {
  bool cut = false;
  handler = [&](const Request&, const std::string&) -> Result<Response> {
    if (std::exchange(cut, true)) return answer(200, content);
    transport.cut_after_body = Error(ErrorKind::unavailable, "reset");
    return answer(200, content.substr(0, 123'456));
  };
  EXPECT_TRUE(must(download()) == content);
}

TEST_F(BlobDownload, TakesARangeThatBeginsEarlier) {
  bool cut = false;
  handler = [&](const Request&, const std::string&) -> Result<Response> {
    if (std::exchange(cut, true))
      return answer(206, content.substr(100'000), {{"Content-Range", "bytes 100000-999999/1000000"}});
    transport.cut_after_body = Error(ErrorKind::unavailable, "reset");
    return answer(200, content.substr(0, 123'456));
  };
  EXPECT_TRUE(must(download()) == content);
}

TEST_F(BlobDownload, RefusesARangeThatBeginsLaterOrNowhere) {
  for (const char* range : {"bytes 500000-999999/1000000", "bytes */1000000", "", "bytes x"}) {
    bool cut = false;
    handler = [&](const Request&, const std::string&) -> Result<Response> {
      if (std::exchange(cut, true)) return answer(206, content.substr(500'000), {{"Content-Range", range}});
      transport.cut_after_body = Error(ErrorKind::unavailable, "reset");
      return answer(200, content.substr(0, 123'456));
    };
    EXPECT_THAT(download(), FailsWith(ErrorKind::corrupt, "")) << range;
  }
}

TEST_F(BlobDownload, TreatsAShortAnswerAsACut) {
  handler = [&](const Request& request, const std::string&) {
    auto response = serve_range(request, 600'000);
    transport.cut_after_body.reset();
    return response;
  };
  EXPECT_TRUE(must(download()) == content);
}

TEST_F(BlobDownload, RefusesAWrongDigest) {
  content[500'000] ^= 1;
  EXPECT_THAT(download(), FailsWith(ErrorKind::corrupt, "digest"));
  EXPECT_EQ(transport.sent.size(), 1u);
}

TEST_F(BlobDownload, RefusesMoreThanTheSize) {
  content += "x";
  EXPECT_THAT(download(), FailsWith(ErrorKind::corrupt, "more than its 1000000 bytes"));
}

TEST_F(BlobDownload, GivesUpWithoutProgress) {
  handler = [&](const Request&, const std::string&) -> Result<Response> {
    return fail(ErrorKind::unavailable, "gone");
  };
  EXPECT_THAT(download(), FailsWith(ErrorKind::unavailable, "gone"));
  EXPECT_EQ(transport.sent.size(), 4u);
}

TEST_F(BlobDownload, SaysThatABlobIsMissing) {
  handler = [&](const Request&, const std::string&) -> Result<Response> { return answer(404); };
  EXPECT_THAT(download(), FailsWith(ErrorKind::not_found, "404"));
}

TEST_F(BlobDownload, RefusesForeignLayers) {
  descriptor.media_type = oci::media_type::kDockerForeignLayer;
  EXPECT_THAT(download(), FailsWith(ErrorKind::unsupported, "foreign"));
  EXPECT_TRUE(transport.sent.empty());
}

TEST_F(BlobDownload, ContinuesAtTheRegistryWhereAMirrorStopped) {
  handler = [&](const Request& request, const std::string&) -> Result<Response> {
    if (request.url.host == "mirror" && !request.headers.contains("Range"))
      return serve_range(request, 400'000);
    if (request.url.host == "mirror") return fail(ErrorKind::unavailable, "mirror is gone");
    return serve_range(request, SIZE_MAX);
  };
  EXPECT_TRUE(must(download(R"({"mirrors": {"reg.example": ["mirror"]}})")) == content);
  EXPECT_EQ(transport.sent.front().line,
            "GET https://mirror/v2/a/blobs/" + descriptor.digest.str() + "?ns=reg.example");
  EXPECT_EQ(transport.sent.back().headers.get("Range"), "bytes=400000-");
}

TEST_F(BlobDownload, PassesOverAMirrorThatIsDown) {
  Endpoints endpoints = make(R"({"mirrors": {"reg.example": ["mirror"]}})");
  handler = [&](const Request& request, const std::string&) -> Result<Response> {
    if (request.url.host == "mirror") return fail(ErrorKind::unavailable, "down");
    return answer(200, content);
  };
  for (int i = 0; i < 3; ++i)
    EXPECT_THAT(download_text(endpoints, reference, descriptor, 1 << 20), test::Succeeds());
  EXPECT_EQ(std::ranges::count_if(transport.sent,
                                  [](auto& sent) { return sent.line.find("mirror") != std::string::npos; }),
            2)
      << "two attempts, once";
}

TEST_F(BlobDownload, AsksTheRegistryWhenAMirrorLies) {
  handler = [&](const Request& request, const std::string&) -> Result<Response> {
    return answer(200, request.url.host == "mirror" ? std::string(content.size(), 'x') : content);
  };
  Endpoints endpoints = make(R"({"mirrors": {"reg.example": ["mirror"]}})");
  EXPECT_TRUE(must(download_text(endpoints, reference, descriptor, 1 << 20)) == content);
  EXPECT_THAT(download(R"({"mirrors": {"reg.example": ["mirror"]}})"),
              FailsWith(ErrorKind::corrupt, "digest"))
      << "a stream's reader already has the lie";
}

TEST_F(BlobDownload, NamesWhatMirrorsSaid) {
  handler = [&](const Request&, const std::string&) -> Result<Response> { return answer(404); };
  auto result = download(R"({"mirrors": {"reg.example": ["mirror"]}})");
  EXPECT_THAT(result, FailsWith(ErrorKind::not_found, "https://reg.example/"));
  EXPECT_NE(result.error().hint().find("mirror mirror: GET https://mirror/"), std::string::npos)
      << result.error().hint();
}

TEST_F(BlobDownload, StopsWhenItsReaderGoes) {
  std::atomic<bool> stopped = false;
  handler = [&](const Request& request, const std::string&) -> Result<Response> {
    while (!request.cancel->load()) std::this_thread::sleep_for(1ms);
    stopped = true;
    return fail(ErrorKind::cancelled, "cancelled");
  };
  Endpoints endpoints = make();
  must(open_download(endpoints, reference, descriptor, {slots, nullptr})).reset();
  EXPECT_TRUE(stopped);
}

TEST_F(BlobDownload, BoundsTexts) {
  Endpoints endpoints = make();
  EXPECT_THAT(download_text(endpoints, reference, descriptor, 100),
              FailsWith(ErrorKind::invalid_input, "1000000"));
}

}  // namespace
}  // namespace mbuild::remote
