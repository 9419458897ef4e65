#include "registry/remote/blob_upload.h"

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

// A registry that keeps uploads in memory and misbehaves as told.
class BlobUploadTest : public testing::Test {
 protected:
  BlobUploadTest() {
    blob.descriptor.digest = oci::Digest::of(content);
    blob.descriptor.size = content.size();
    blob.open = [this]() -> Result<std::unique_ptr<ByteSource>> {
      ++opened;
      return std::make_unique<test::StringSource>(content, 10'000);
    };
  }

  Result<void> upload() {
    Endpoints endpoints({Registries(), "mbuild",
                         RetryPolicy{.attempts = 4, .first_delay = 100ms, .total = 1h}, time.source()},
                        transport, credentials);
    return upload_blob(must(endpoints.home(must(oci::Reference::parse("reg.example/a:1")))), blob);
  }

  Result<Response> serve(const Request& request, const std::string& body) {
    std::string target = request.url.target;
    if (auto found = misbehave.find(static_cast<int>(transport.sent.size())); found != misbehave.end())
      return found->second(request, body);
    if (request.method == "HEAD") return answer(stored == content ? 200 : 404);
    if (request.method == "POST") {
      received.clear();
      return answer(202, "", {{"Location", "/v2/a/blobs/uploads/u1?_state=s%2F0"}});
    }
    if (request.method == "GET")
      return answer(204, "",
                    {{"Location", "/v2/a/blobs/uploads/u1?_state=s%2Fg"},
                     {"Range", fmt::format("0-{}", received.empty() ? 0 : received.size() - 1)}});
    received += body;
    if (request.method == "PATCH")
      return answer(202, "", {{"Location", "/v2/a/blobs/uploads/u1?_state=s%2Fp"}});
    stored = received;
    return answer(oci::Digest::of(stored) == blob.descriptor.digest ? 201 : 400);
  }
  // The connection fails after `count` bytes of a body.
  test::FakeTransport::Handler cut_after(std::size_t count) {
    return [this, count](const Request&, const std::string& body) -> Result<Response> {
      received += body.substr(0, count);
      return fail(ErrorKind::unavailable, "reset");
    };
  }

  std::string content = test::random_bytes(100'000, 7);
  BlobUpload blob;
  int opened = 0;
  std::string received;
  std::string stored;
  std::map<int, test::FakeTransport::Handler> misbehave;  // by the number of the request, from 1
  test::FakeTime time;
  Endpoints::FindCredentials credentials = [](auto&, auto&) -> Result<std::optional<Credentials>> {
    return std::nullopt;
  };
  test::FakeTransport::Handler transport_handler;  // in place of serve()
  test::FakeTransport transport{[this](const Request& r, const std::string& body) {
    return transport_handler ? transport_handler(r, body) : serve(r, body);
  }};
  std::string digest_query = "&digest=" + percent_encode(oci::Digest::of(content).str());
};

TEST_F(BlobUploadTest, SkipsWhatIsThere) {
  stored = content;
  EXPECT_THAT(upload(), test::Succeeds());
  EXPECT_EQ(transport.lines(),
            std::vector<std::string>{"HEAD https://reg.example/v2/a/blobs/" + blob.descriptor.digest.str()});
  EXPECT_EQ(opened, 0);
}

TEST_F(BlobUploadTest, SendsInOneRequest) {
  EXPECT_THAT(upload(), test::Succeeds());
  EXPECT_TRUE(stored == content);
  ASSERT_EQ(transport.sent.size(), 3u);
  EXPECT_EQ(transport.sent[1].line, "POST https://reg.example/v2/a/blobs/uploads/");
  EXPECT_EQ(transport.sent[2].line,
            "PUT https://reg.example/v2/a/blobs/uploads/u1?_state=s%2F0" + digest_query);
}

TEST_F(BlobUploadTest, SendsChunks) {
  blob.chunk = 40'000;
  EXPECT_THAT(upload(), test::Succeeds());
  EXPECT_TRUE(stored == content);
  ASSERT_EQ(transport.sent.size(), 5u);
  EXPECT_EQ(transport.sent[2].headers.get("Content-Range"), "0-39999");
  EXPECT_EQ(transport.sent[3].headers.get("Content-Range"), "40000-79999");
  EXPECT_EQ(transport.sent[4].line,
            "PUT https://reg.example/v2/a/blobs/uploads/u1?_state=s%2Fp" + digest_query);
  EXPECT_EQ(transport.sent[4].headers.get("Content-Range"), "80000-99999");
  EXPECT_EQ(opened, 1) << "one pass over the content";
}

TEST_F(BlobUploadTest, ResumesFromTheUploadsState) {
  misbehave[3] = cut_after(70'000);
  EXPECT_THAT(upload(), test::Succeeds());
  EXPECT_TRUE(stored == content);
  ASSERT_EQ(transport.sent.size(), 5u);
  EXPECT_EQ(transport.sent[3].line, "GET https://reg.example/v2/a/blobs/uploads/u1?_state=s%2F0");
  EXPECT_EQ(transport.sent[4].headers.get("Content-Range"), "70000-99999");
  EXPECT_EQ(transport.sent[4].body.size(), 30'000u);
}

TEST_F(BlobUploadTest, GetsANewTokenWhenItsOneExpiresOnTheWay) {
  credentials = [](auto&, auto&) -> Result<std::optional<Credentials>> {
    return Credentials("user", "pass");
  };
  std::string valid = "Bearer t0";  // what the registry takes; each token is another
  int tokens = 0, chunks = 0;
  transport_handler = [&](const Request& request, const std::string& body) -> Result<Response> {
    if (request.url.target.starts_with("/token")) {
      valid = fmt::format("Bearer t{}", ++tokens);
      return answer(200, fmt::format(R"({{"token": "t{}", "expires_in": 3600}})", tokens));
    }
    if (request.headers.get("Authorization") != valid)
      return answer(401, "", {{"WWW-Authenticate", R"(Bearer realm="https://reg.example/token")"}});
    if (request.method == "PATCH" && ++chunks == 2) {
      valid = "none";  // the server forgets it after this answer
      return serve(request, body);
    }
    return serve(request, body);
  };
  blob.chunk = 20'000;
  EXPECT_THAT(upload(), test::Succeeds());
  EXPECT_TRUE(stored == content);
  EXPECT_EQ(tokens, 2);
}

TEST_F(BlobUploadTest, ShowsNoCredentialsWhereAnotherHostTakesTheUpload) {
  credentials = [](auto&, auto&) -> Result<std::optional<Credentials>> {
    return Credentials("user", "pass");
  };
  transport_handler = [&](const Request& request, const std::string& body) -> Result<Response> {
    bool home = request.url.host == "reg.example";
    if (home && !request.headers.contains("Authorization"))
      return answer(401, "", {{"WWW-Authenticate", "Basic realm=\"x\""}});
    if (home && request.method == "POST")
      return answer(202, "", {{"Location", "https://uploads.example/v2/a/u1?key=k"}});
    return serve(request, body);
  };
  EXPECT_THAT(upload(), test::Succeeds());
  EXPECT_TRUE(stored == content);
  EXPECT_TRUE(transport.sent.back().line.starts_with("PUT https://uploads.example/"))
      << transport.sent.back().line;
  EXPECT_EQ(transport.sent.back().authorization, "");
}

TEST_F(BlobUploadTest, BeginsAgainWhenTheStateIsLost) {
  misbehave[3] = cut_after(70'000);
  misbehave[4] = [](const Request&, const std::string&) { return answer(404); };
  EXPECT_THAT(upload(), test::Succeeds());
  EXPECT_TRUE(stored == content);
}

TEST_F(BlobUploadTest, NoticesThatALostAnswerWasSuccess) {
  misbehave[3] = [this](const Request&, const std::string&) -> Result<Response> {
    stored = content;
    return fail(ErrorKind::unavailable, "reset");
  };
  misbehave[4] = [](const Request&, const std::string&) { return answer(404); };
  EXPECT_THAT(upload(), test::Succeeds());
  EXPECT_EQ(transport.sent.back().line.substr(0, 4), "HEAD");
}

TEST_F(BlobUploadTest, BeginsAgainWhenTheRangeDoesNotFit) {
  blob.chunk = 40'000;
  misbehave[4] = [](const Request&, const std::string&) { return answer(416); };
  EXPECT_THAT(upload(), test::Succeeds());
  EXPECT_TRUE(stored == content);
}

TEST_F(BlobUploadTest, SendsLessWhenTheServerSaysTooMuch) {
  misbehave[3] = [](const Request&, const std::string&) { return answer(413); };
  EXPECT_THAT(upload(), test::Succeeds());
  EXPECT_TRUE(stored == content);
  for (int i = 1; i < 20; ++i) misbehave[i + 3] = misbehave[3];
  stored.clear();
  transport.sent.clear();
  EXPECT_THAT(upload(), FailsWith(ErrorKind::invalid_input, "413"));
}

TEST_F(BlobUploadTest, GivesUpOnAServerThatAlwaysFails) {
  for (int i = 3; i < 50; ++i)
    misbehave[i] = [](const Request& request, const std::string&) {
      return answer(request.method == "POST" ? 202 : 500, "", {{"Location", "/u"}});
    };
  EXPECT_THAT(upload(), FailsWith(ErrorKind::unavailable, "500"));
  EXPECT_LT(transport.sent.size(), 30u);
}

TEST_F(BlobUploadTest, MountsWhatAnotherRepositoryHas) {
  blob.mount_from = {"base"};
  misbehave[2] = [](const Request&, const std::string&) { return answer(201); };
  EXPECT_THAT(upload(), test::Succeeds());
  EXPECT_EQ(transport.sent.at(1).line, "POST https://reg.example/v2/a/blobs/uploads/?mount=" +
                                           percent_encode(blob.descriptor.digest.str()) + "&from=base");
  EXPECT_EQ(opened, 0);
}

TEST_F(BlobUploadTest, UploadsInPlaceOfAMountThatFails) {
  blob.mount_from = {"base"};
  EXPECT_THAT(upload(), test::Succeeds());
  EXPECT_EQ(transport.sent.size(), 3u) << "the answer's upload is used";
  for (int status : {401, 403, 404, 400}) {
    transport.sent.clear();
    stored.clear();
    misbehave[2] = [status](const Request&, const std::string&) { return answer(status); };
    EXPECT_THAT(upload(), test::Succeeds()) << status;
  }
}

TEST_F(BlobUploadTest, RefusesToGoOnWithoutTls) {
  for (const char* location : {"http://reg.example/u", ""}) {
    transport.sent.clear();
    misbehave[2] = [&](const Request&, const std::string&) {
      return answer(202, "", *location ? Headers{{"Location", location}} : Headers{});
    };
    EXPECT_FALSE(upload()) << location;
    EXPECT_LE(transport.sent.size(), 3u);
  }
}

TEST_F(BlobUploadTest, ReportsAFailingSource) {
  blob.open = []() -> Result<std::unique_ptr<ByteSource>> { return fail(ErrorKind::io, "disk"); };
  EXPECT_THAT(upload(), FailsWith(ErrorKind::io, "disk"));
}

TEST_F(BlobUploadTest, SendsAnEmptyBlob) {
  content.clear();
  blob.descriptor.digest = oci::Digest::of(content);
  blob.descriptor.size = 0;
  misbehave[1] = [](const Request&, const std::string&) { return answer(404); };
  EXPECT_THAT(upload(), test::Succeeds());
  EXPECT_EQ(transport.sent.back().line.substr(0, 3), "PUT");
}

}  // namespace
}  // namespace mbuild::remote
