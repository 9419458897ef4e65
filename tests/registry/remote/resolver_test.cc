#include "registry/remote/resolver.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/support/fake_time.h"
#include "tests/support/fake_transport.h"
#include "tests/support/result_matchers.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_image.h"

namespace mbuild::remote {
namespace {

using namespace std::chrono_literals;
using test::answer;
using test::FailsWith;
using test::must;
using testing::ElementsAre;

const oci::Platform kAmd64{"linux", "amd64", "", "", {}};

// A registry of one repository, with an index under the tag "1".
class ResolverTest : public testing::Test {
 protected:
  ResolverTest() {
    index.media_type = oci::media_type::kOciIndex;
    index.manifests = {attestation(), image.descriptor()};
    index.manifests[1].platform = kAmd64;
    serve(index.json(), index.media_type);
    serve(image.image.manifest_json, image.image.media_type);
  }
  oci::Descriptor attestation() {
    oci::Descriptor entry = image.descriptor();
    entry.digest = oci::Digest::of("attestation");
    entry.platform = oci::Platform{"unknown", "unknown", "", "", {}};
    return entry;
  }
  void serve(const std::string& json, const std::string& type) {
    manifests["/v2/a/manifests/" + oci::Digest::of(json).str()] = {json, type};
    if (type == index.media_type) manifests["/v2/a/manifests/1"] = {json, type};
  }
  Response respond(const Request& request) {
    const std::string target = request.url.target;
    if (auto found = manifests.find(target); found != manifests.end()) {
      const auto& [json, type] = found->second;
      Response response =
          answer(200, request.method == "HEAD" ? "" : json,
                 {{"Content-Type", type}, {"Docker-Content-Digest", oci::Digest::of(json).str()}});
      if (request.method == "HEAD") response.headers.set("Content-Length", std::to_string(json.size()));
      return response;
    }
    if (target == "/v2/a/blobs/" + image.manifest.config.digest.str())
      return answer(200, image.contents.at(image.manifest.config.digest));
    return answer(404, R"({"errors": [{"code": "MANIFEST_UNKNOWN"}]})");
  }
  Result<ResolvedImage> resolve(const oci::Reference& name, const oci::Platform& platform = kAmd64) {
    transport.sent.clear();
    return resolve_image(endpoints, documents, name, platform);
  }
  std::vector<std::string> methods() {
    std::vector<std::string> all;
    for (const auto& sent : transport.sent) all.push_back(sent.line.substr(0, sent.line.find(' ')));
    return all;
  }

  test::TempDir folder;
  DocumentCache documents{must(oci::ContentStore::open(folder.str()))};
  test::TestImage image{{"layer"}};
  oci::Index index;
  std::map<std::string, std::pair<std::string, std::string>> manifests;
  oci::Reference reference = must(oci::Reference::parse("reg.example/a:1"));
  test::FakeTime time;
  test::FakeTransport transport{[this](const Request& r, const std::string&) { return respond(r); }};
  Endpoints endpoints{{Registries(), "mbuild", RetryPolicy{.attempts = 2, .first_delay = 1ms}, time.source()},
                      transport,
                      [](auto&, auto&) -> Result<std::optional<Credentials>> { return std::nullopt; }};
};

TEST_F(ResolverTest, SkipsAttestations) {
  ResolvedImage found = must(resolve(reference));
  EXPECT_EQ(found.manifest_descriptor.digest, image.digest());
  EXPECT_EQ(found.root.digest, oci::Digest::of(index.json()));
  EXPECT_THAT(resolve(reference, {"linux", "s390x", "", "", {}}),
              FailsWith(ErrorKind::not_found, "there are: linux/amd64"));
}

TEST_F(ResolverTest, AsksOnlyByHeadWhenATagHasNotMoved) {
  must(resolve(reference));
  EXPECT_THAT(methods(), ElementsAre("HEAD", "GET", "GET", "GET"));
  ResolvedImage again = must(resolve(reference));
  EXPECT_THAT(methods(), ElementsAre("HEAD"));
  EXPECT_EQ(again.root.digest, oci::Digest::of(index.json()));
  EXPECT_EQ(again.config_json, image.contents.at(image.manifest.config.digest));
}

TEST_F(ResolverTest, AsksForWhatATagThatMovedNames) {
  must(resolve(reference));
  index.manifests.pop_back();
  index.manifests.push_back(image.descriptor());
  index.manifests[1].platform = kAmd64;
  index.annotations["moved"] = "yes";
  serve(index.json(), index.media_type);
  EXPECT_EQ(must(resolve(reference)).root.digest, oci::Digest::of(index.json()));
  EXPECT_THAT(methods(), ElementsAre("HEAD", "GET"));
}

TEST_F(ResolverTest, AsksNothingForADigestThatIsKnown) {
  must(resolve(reference));
  oci::Reference pinned = reference;
  pinned.digest = oci::Digest::of(index.json());
  EXPECT_EQ(must(resolve(pinned)).manifest_descriptor.digest, image.digest());
  EXPECT_TRUE(transport.sent.empty());
}

TEST_F(ResolverTest, SaysWhyThereIsNothing) {
  manifests.clear();
  EXPECT_THAT(resolve(reference), FailsWith(ErrorKind::not_found, "404 not found: MANIFEST_UNKNOWN"));
}

TEST_F(ResolverTest, ToleratesADamagedCache) {
  must(resolve(reference));
  for (const auto& entry : std::filesystem::directory_iterator(folder.path() / "sha256")) {
    std::filesystem::permissions(entry, std::filesystem::perms::owner_all);
    folder.write("sha256/" + entry.path().filename().string(), "damaged");
  }
  EXPECT_EQ(must(resolve(reference)).manifest_descriptor.digest, image.digest());
}

}  // namespace
}  // namespace mbuild::remote
