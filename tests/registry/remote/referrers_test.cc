#include "registry/remote/referrers.h"

#include <gtest/gtest.h>

#include "registry/oci/manifest.h"
#include "tests/support/fake_time.h"
#include "tests/support/fake_transport.h"
#include "tests/support/result_matchers.h"

namespace mbuild::remote {
namespace {

using test::answer;
using test::must;

const oci::Digest kSubject = oci::Digest::of("subject");

oci::Descriptor descriptor(const std::string& content, const std::string& artifact_type) {
  oci::Descriptor result;
  result.media_type = oci::media_type::kOciManifest;
  result.digest = oci::Digest::of(content);
  result.size = content.size();
  result.artifact_type = artifact_type;
  return result;
}

std::string index_of(const std::vector<oci::Descriptor>& manifests) {
  oci::Index index;
  index.media_type = oci::media_type::kOciIndex;
  index.manifests = manifests;
  return index.json();
}

std::string referring_manifest(bool with_subject) {
  oci::Manifest manifest;
  manifest.media_type = oci::media_type::kOciManifest;
  manifest.artifact_type = "application/x.sbom";
  manifest.config = descriptor("{}", "");
  manifest.config.media_type = oci::media_type::kOciEmpty;
  if (with_subject) manifest.subject = descriptor("subject", "");
  manifest.annotations["note"] = "kept";
  return manifest.json();
}

class ReferrersTest : public testing::Test {
 protected:
  Endpoint endpoint() { return must(endpoints.home(must(oci::Reference::parse("reg.example/a:1")))); }

  test::FakeTime time;
  Endpoints::FindCredentials credentials = [](auto&, auto&) -> Result<std::optional<Credentials>> {
    return std::nullopt;
  };
  test::FakeTransport::Handler handler;
  test::FakeTransport transport{
      [this](const Request& r, const std::string& body) { return handler(r, body); }};
  Endpoints endpoints{{Registries(), "mbuild", RetryPolicy(), time.source()}, transport, credentials};
  Headers index_type{{"Content-Type", "application/vnd.oci.image.index.v1+json"}};
};

TEST_F(ReferrersTest, AsksTheApi) {
  handler = [&](const Request& request, const std::string&) -> Result<Response> {
    if (request.url.target.find("page=2") != std::string::npos)
      return answer(200, index_of({descriptor("c", "sbom")}), index_type);
    Headers headers = index_type;
    headers.add("Link", "</v2/a/referrers/x?page=2>; rel=next");
    return answer(200, index_of({descriptor("a", "sbom"), descriptor("b", "signature")}), headers);
  };
  EXPECT_EQ(must(list_referrers(endpoint(), kSubject, "")).size(), 3u);
  EXPECT_EQ(must(list_referrers(endpoint(), kSubject, "sbom")).size(), 2u) << "the registry did not filter";
  EXPECT_EQ(transport.sent[0].line, "GET https://reg.example/v2/a/referrers/" + kSubject.str());
  EXPECT_EQ(transport.sent[2].line,
            "GET https://reg.example/v2/a/referrers/" + kSubject.str() + "?artifactType=sbom");
}

TEST_F(ReferrersTest, FallsBackToTheTag) {
  std::optional<std::string> tagged;
  handler = [&](const Request& request, const std::string&) -> Result<Response> {
    if (request.url.target == "/v2/a/manifests/sha256-" + kSubject.hex() && tagged)
      return answer(200, *tagged, index_type);
    return answer(404);
  };
  EXPECT_TRUE(must(list_referrers(endpoint(), kSubject, "")).empty());
  tagged = index_of({descriptor("a", "sbom")});
  EXPECT_EQ(must(list_referrers(endpoint(), kSubject, "sbom")).size(), 1u);
  EXPECT_EQ(must(list_referrers(endpoint(), kSubject, "other")).size(), 0u);
}

TEST_F(ReferrersTest, AddsToTheTagOnce) {
  std::optional<std::string> tagged;
  handler = [&](const Request& request, const std::string& body) -> Result<Response> {
    if (request.method == "PUT") {
      tagged = body;
      return answer(201);
    }
    return tagged ? answer(200, *tagged, index_type) : answer(404);
  };
  std::string manifest = referring_manifest(true);
  for (int i = 0; i < 2; ++i)
    must(record_referrer(endpoint(), manifest, std::string(oci::media_type::kOciManifest)));
  ASSERT_TRUE(tagged);
  oci::Index index = must(oci::Index::parse(*tagged));
  ASSERT_EQ(index.manifests.size(), 1u);
  EXPECT_EQ(index.manifests[0].digest, oci::Digest::of(manifest));
  EXPECT_EQ(index.manifests[0].artifact_type, "application/x.sbom");
  EXPECT_EQ(index.manifests[0].annotations.at("note"), "kept");
}

TEST_F(ReferrersTest, LeavesManifestsWithoutASubjectAlone) {
  handler = [&](const Request&, const std::string&) -> Result<Response> { return answer(500); };
  EXPECT_THAT(
      record_referrer(endpoint(), referring_manifest(false), std::string(oci::media_type::kOciManifest)),
      test::Succeeds());
  EXPECT_TRUE(transport.sent.empty());
}

}  // namespace
}  // namespace mbuild::remote
