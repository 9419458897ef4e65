#include "registry/remote/push.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <set>
#include <thread>

#include "tests/support/fake_time.h"
#include "tests/support/fake_transport.h"
#include "tests/support/result_matchers.h"
#include "tests/support/test_image.h"

namespace mbuild::remote {
namespace {

using test::answer;
using test::FailsWith;
using test::must;
using test::Succeeds;
using namespace std::chrono_literals;

// A registry in memory that insists on what the specification says: a manifest after its blobs.
class PushTest : public testing::Test {
 protected:
  Result<Response> serve(const Request& request, const std::string& body) {
    std::string target = request.url.target;
    if (request.method == "HEAD")
      return answer(blobs.contains(target.substr(target.rfind('/') + 1)) ? 200 : 404);
    if (request.method == "POST") return answer(202, "", {{"Location", "/v2/a/blobs/uploads/u"}});
    if (target.find("/manifests/") != std::string::npos) {
      for (const std::string& digest :
           {image.manifest.layers[0].digest.str(), image.manifest.config.digest.str()})
        if (body.find(digest) != std::string::npos && !blobs.contains(digest))
          return answer(400, R"({"errors": [{"code": "MANIFEST_BLOB_UNKNOWN"}]})");
      manifests.push_back(target.substr(target.rfind('/') + 1));
      return answer(201, "", {{"Docker-Content-Digest", oci::Digest::of(body).str()}});
    }
    blobs.insert(oci::Digest::of(body).str());
    return answer(201);
  }
  Result<void> push(const std::string& name, const RegistryClient::PushImage& what) {
    Endpoint endpoint = must(endpoints.home(must(oci::Reference::parse("reg.example/a"))));
    return push_image(endpoint, must(oci::Reference::parse("reg.example/a" + name)), what, image.provider(),
                      limits, known, {});
  }

  test::TestImage image{{test::random_bytes(10'000, 1), "small"}};
  std::set<std::string> blobs;
  std::vector<std::string> manifests;
  PushLimits limits;
  KnownBlobs known;
  test::FakeTime time;
  Endpoints::FindCredentials credentials = [](auto&, auto&) -> Result<std::optional<Credentials>> {
    return std::nullopt;
  };
  test::FakeTransport::Handler handler = [this](const Request& r, const std::string& body) {
    return serve(r, body);
  };
  test::FakeTransport transport{
      [this](const Request& r, const std::string& body) { return handler(r, body); }};
  Endpoints endpoints{{Registries(), "mbuild", RetryPolicy(), time.source()}, transport, credentials};
};

TEST_F(PushTest, SendsTheTagLast) {
  EXPECT_THAT(push(":1", image.image), Succeeds());
  EXPECT_EQ(blobs.size(), 3u);
  EXPECT_EQ(transport.sent.back().line, "PUT https://reg.example/v2/a/manifests/1");
}

TEST_F(PushTest, SendsChildrenBeforeTheirIndex) {
  oci::Index index;
  index.media_type = oci::media_type::kOciIndex;
  index.manifests = {image.descriptor()};
  RegistryClient::PushImage whole;
  whole.manifest_json = index.json();
  whole.media_type = index.media_type;
  whole.children = {image.image};
  EXPECT_THAT(push(":1", whole), Succeeds());
  EXPECT_EQ(manifests, (std::vector<std::string>{image.digest().str(), "1"}));
}

TEST_F(PushTest, MovesNoTagWhenABlobFails) {
  handler = [&](const Request& request, const std::string& body) -> Result<Response> {
    if (request.method == "PUT") return answer(400, R"({"errors": [{"code": "DIGEST_INVALID"}]})");
    return serve(request, body);
  };
  EXPECT_THAT(push(":1", image.image), FailsWith(ErrorKind::invalid_input, "DIGEST_INVALID"));
  for (const std::string& line : transport.lines())
    EXPECT_EQ(line.find("manifests"), std::string::npos) << line;
}

TEST_F(PushTest, AsksForNothingTwice) {
  EXPECT_THAT(push(":1", image.image), Succeeds());
  std::size_t before = transport.sent.size();
  EXPECT_THAT(push(":2", image.image), Succeeds());
  EXPECT_EQ(transport.sent.size(), before + 1) << "a second tag is one request";
}

TEST_F(PushTest, WaitsForABlobThatAnotherIsSending) {
  const oci::Digest blob = image.manifest.layers[0].digest;
  const Endpoint endpoint = must(endpoints.home(must(oci::Reference::parse("reg.example/a"))));
  std::atomic<bool> sending = false;
  std::atomic<bool> arrived = false;
  std::jthread other([&] {
    EXPECT_THAT(known.once(endpoint, blob,
                           [&]() -> Result<void> {
                             sending = true;
                             std::this_thread::sleep_for(50ms);
                             blobs.insert(blob.str());
                             arrived = true;
                             return {};
                           }),
                Succeeds());
  });
  while (!sending) std::this_thread::yield();
  EXPECT_THAT(known.once(endpoint, blob, [] { return Result<void>(fail(ErrorKind::io, "sent twice")); }),
              Succeeds());
  EXPECT_TRUE(arrived);
}

TEST_F(PushTest, SendsABlobThatAnotherCouldNot) {
  const oci::Digest blob = image.manifest.layers[0].digest;
  const Endpoint endpoint = must(endpoints.home(must(oci::Reference::parse("reg.example/a"))));
  const auto broken = [] { return Result<void>(fail(ErrorKind::io, "cut")); };
  EXPECT_THAT(known.once(endpoint, blob, broken), FailsWith(ErrorKind::io, "cut"));
  EXPECT_FALSE(known.contains(endpoint, blob));
  EXPECT_THAT(push(":1", image.image), Succeeds());
  EXPECT_TRUE(blobs.contains(blob.str()));
}

TEST_F(PushTest, EveryRequestOfABlobCanBeCancelledAlone) {
  RegistryClient::BlobProvider provider = image.provider();
  provider.cancel = std::make_shared<std::atomic<bool>>(false);
  std::size_t seen = 0;
  handler = [&](const Request& request, const std::string& body) {
    if (request.url.target.find("/blobs/") != std::string::npos) {
      EXPECT_EQ(request.cancel, provider.cancel) << request.method << " " << request.url.target;
      ++seen;
    }
    return serve(request, body);
  };
  const Endpoint endpoint = must(endpoints.home(must(oci::Reference::parse("reg.example/a"))));
  EXPECT_THAT(push_blob(endpoint, image.manifest.layers[0], provider, limits, known), Succeeds());
  EXPECT_EQ(seen, 3u);  // is it there, begin, send
}

TEST_F(PushTest, LooksAgainWhenTheRegistryHasForgotten) {
  EXPECT_THAT(push(":1", image.image), Succeeds());
  blobs.clear();
  EXPECT_THAT(push(":2", image.image), Succeeds());
  EXPECT_EQ(blobs.size(), 3u);
}

TEST_F(PushTest, NoticesThatAnotherManifestWasStored) {
  handler = [&](const Request& request, const std::string& body) -> Result<Response> {
    Response response = MBUILD_TRY(serve(request, body));
    if (response.headers.contains("Docker-Content-Digest"))
      response.headers.set("Docker-Content-Digest", oci::Digest::of("other").str());
    return response;
  };
  EXPECT_THAT(push(":1", image.image), FailsWith(ErrorKind::corrupt, "the registry stored sha256:"));
}

TEST_F(PushTest, RefusesADigestThatIsNotTheManifests) {
  EXPECT_THAT(push("@" + oci::Digest::of("other").str(), image.image),
              FailsWith(ErrorKind::invalid_input, "not the reference's"));
  EXPECT_TRUE(transport.sent.empty());
  EXPECT_THAT(push("@" + image.digest().str(), image.image), Succeeds());
  EXPECT_EQ(manifests, std::vector<std::string>{image.digest().str()});
}

TEST_F(PushTest, LeavesForeignLayersOut) {
  image.image.blobs[0].media_type = oci::media_type::kDockerForeignLayer;
  handler = [&](const Request& request, const std::string& body) -> Result<Response> {
    if (request.url.target.find("/manifests/") != std::string::npos) return answer(201);
    return serve(request, body);
  };
  EXPECT_THAT(push(":1", image.image), Succeeds());
  EXPECT_EQ(blobs.size(), 2u);
}

}  // namespace
}  // namespace mbuild::remote
