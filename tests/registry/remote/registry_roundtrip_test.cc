// Against Debian's docker-registry and skopeo: what is pushed is what is pulled, byte for byte.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "registry/remote/client.h"
#include "registry/remote/copy.h"
#include "tests/support/registry_fixture.h"
#include "tests/support/result_matchers.h"
#include "tests/support/run_program.h"
#include "tests/support/test_image.h"

namespace mbuild::remote {
namespace {

using test::LocalRegistry;
using test::must;
using test::TestImage;

const oci::Platform kAmd64{"linux", "amd64", "", "", {}};
const oci::Platform kArm64{"linux", "arm64", "", "", {}};

class RegistryRoundtrip : public testing::Test {
 protected:
  void SetUp() override {
    if (!test::has_docker_registry()) GTEST_SKIP() << "docker-registry is not installed";
    registry_ = std::make_unique<LocalRegistry>();
    client_ = must(RegistryClient::create({}));
  }
  oci::Reference reference(const std::string& name) {
    return must(oci::Reference::parse(registry_->host() + "/" + name));
  }
  void push(const std::string& name, const TestImage& image) {
    must(client_->push(reference(name), image.image, image.provider(), {}));
  }
  std::string pull_blob(const std::string& name, const oci::Descriptor& descriptor) {
    auto source = must(client_->open_blob(reference(name), descriptor));
    return must(test::read_all(*source));
  }

  std::unique_ptr<LocalRegistry> registry_;
  std::unique_ptr<RegistryClient> client_;
};

TEST_F(RegistryRoundtrip, PullsWhatItPushed) {
  for (bool docker : {false, true}) {
    TestImage image({test::random_bytes(3'000'000, 1), "small", ""}, docker);
    push("team/app:1", image);
    ResolvedImage resolved = must(client_->resolve(reference("team/app:1"), kAmd64));
    EXPECT_EQ(resolved.manifest_json, image.image.manifest_json);
    EXPECT_EQ(resolved.root.digest, image.digest());
    EXPECT_EQ(resolved.root.media_type, image.image.media_type);
    EXPECT_EQ(resolved.config_json, image.contents.at(image.manifest.config.digest));
    for (const oci::Descriptor& layer : resolved.manifest.layers)
      EXPECT_TRUE(pull_blob("team/app:1", layer) == image.contents.at(layer.digest));
  }
}

TEST_F(RegistryRoundtrip, HeadGivesTheDescriptorOrNothing) {
  TestImage image({"layer"});
  push("app:1", image);
  auto found = must(client_->head(reference("app:1")));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->digest, image.digest());
  EXPECT_EQ(found->size, image.image.manifest_json.size());
  EXPECT_EQ(found->media_type, oci::media_type::kOciManifest);
  EXPECT_EQ(must(client_->head(reference("app:2"))), std::nullopt);
  EXPECT_EQ(must(client_->head(reference("other:1"))), std::nullopt);
}

TEST_F(RegistryRoundtrip, SaysWhatIsMissing) {
  EXPECT_THAT(client_->resolve(reference("absent:1"), kAmd64),
              test::FailsWith(ErrorKind::not_found, "404 not found: MANIFEST_UNKNOWN"));
}

TEST_F(RegistryRoundtrip, ChoosesThePlatformOfAnIndex) {
  TestImage amd64({"for amd64"});
  TestImage arm({"for arm"}, false, {"linux", "arm64", "", "", {}});
  oci::Index index;
  index.media_type = oci::media_type::kOciIndex;
  index.manifests = {arm.descriptor(), amd64.descriptor()};
  index.manifests[0].platform = kArm64;
  index.manifests[1].platform = kAmd64;
  RegistryClient::PushImage image;
  image.manifest_json = index.json();
  image.media_type = index.media_type;
  image.children = {arm.image, amd64.image};
  auto provider = amd64.provider();
  provider.open = [&](const oci::Descriptor& blob) -> Result<std::unique_ptr<ByteSource>> {
    const auto& contents = arm.contents.contains(blob.digest) ? arm.contents : amd64.contents;
    return std::make_unique<test::StringSource>(contents.at(blob.digest));
  };
  must(client_->push(reference("multi:1"), image, provider, {}));

  ResolvedImage resolved = must(client_->resolve(reference("multi:1"), {"linux", "arm64", "", "", {}}));
  EXPECT_EQ(resolved.manifest_descriptor.digest, arm.digest());
  EXPECT_EQ(resolved.root.digest, oci::Digest::of(image.manifest_json));
  EXPECT_EQ(must(client_->resolve(reference("multi:1"), kAmd64)).manifest_descriptor.digest, amd64.digest());
  EXPECT_THAT(client_->resolve(reference("multi:1"), {"linux", "s390x", "", "", {}}),
              test::FailsWith(ErrorKind::not_found, "there are: linux/arm64, linux/amd64"));
}

TEST_F(RegistryRoundtrip, ListsAndDeletes) {
  TestImage image({"layer"});
  for (const char* tag : {"b", "a", "c"}) push(fmt::format("app:{}", tag), image);
  EXPECT_EQ(must(client_->list_tags(reference("app"))), (std::vector<std::string>{"a", "b", "c"}));
  must(client_->remove(reference("app:b")));
  EXPECT_EQ(must(client_->head(reference("app:b"))), std::nullopt);
}

TEST_F(RegistryRoundtrip, MountsFromAnotherRepository) {
  TestImage image({test::random_bytes(100'000, 2)});
  push("first:1", image);
  auto provider = image.provider();
  provider.mount_from = [](const oci::Descriptor&) { return std::vector<std::string>{"nowhere", "first"}; };
  provider.open = [](const oci::Descriptor&) -> Result<std::unique_ptr<ByteSource>> {
    return fail(ErrorKind::internal, "nothing should be uploaded");
  };
  EXPECT_THAT(client_->push(reference("second:1"), image.image, provider, {}), test::Succeeds());
  EXPECT_TRUE(must(client_->head(reference("second:1"))));
}

TEST_F(RegistryRoundtrip, UploadsInChunks) {
  ClientOptions options;
  options.upload_chunk = 100'000;
  client_ = must(RegistryClient::create(options));
  TestImage image({test::random_bytes(1'000'001, 3)});
  push("chunked:1", image);
  const oci::Descriptor& layer = image.manifest.layers[0];
  EXPECT_TRUE(pull_blob("chunked:1", layer) == image.contents.at(layer.digest));
}

TEST_F(RegistryRoundtrip, ReportsProgressUpToTheTotal) {
  TestImage image({test::random_bytes(2'000'000, 4), "x"});
  std::atomic<std::uint64_t> last = 0, total = 0;
  must(client_->push(reference("app:1"), image.image, image.provider(),
                     [&](std::uint64_t done, std::uint64_t all) {
                       if (done > last) last = done;
                       total = all;
                     }));
  EXPECT_EQ(last, total);
  EXPECT_EQ(total, 2'000'001 + image.manifest.config.size);
}

TEST_F(RegistryRoundtrip, FindsWhatRefersToAnImage) {
  TestImage image({"layer"});
  push("app:1", image);
  TestImage signature({"signature"});
  signature.manifest.subject = image.descriptor();
  signature.image.manifest_json = signature.manifest.json();
  must(
      client_->push(reference("app@" + signature.digest().str()), signature.image, signature.provider(), {}));
  auto found = must(client_->referrers(reference("app"), image.digest(), ""));
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].digest, signature.digest());
  EXPECT_TRUE(must(client_->referrers(reference("app"), signature.digest(), "")).empty());
}

TEST_F(RegistryRoundtrip, CopiesAnIndexBetweenRegistriesAndWithinOne) {
  TestImage amd64({test::random_bytes(300'000, 6)});
  TestImage arm({"for arm"}, false, {"linux", "arm64", "", "", {}});
  oci::Index index;
  index.media_type = oci::media_type::kOciIndex;
  index.manifests = {arm.descriptor(), amd64.descriptor()};
  index.manifests[0].platform = kArm64;
  index.manifests[1].platform = kAmd64;
  push("multi@" + arm.digest().str(), arm);
  RegistryClient::PushImage image = amd64.image;
  image.children = {amd64.image};
  image.manifest_json = index.json();
  image.media_type = index.media_type;
  must(client_->push(reference("multi:1"), image, amd64.provider(), {}));

  LocalRegistry other;
  oci::Reference there = must(oci::Reference::parse(other.host() + "/copy:1"));
  EXPECT_EQ(must(copy_image(*client_, reference("multi:1"), *client_, there, std::nullopt, {})).digest,
            oci::Digest::of(index.json()));
  EXPECT_EQ(must(client_->resolve(there, kAmd64)).manifest_descriptor.digest, amd64.digest());
  EXPECT_EQ(must(client_->resolve(there, kArm64)).manifest_descriptor.digest, arm.digest());
  EXPECT_EQ(must(copy_image(*client_, reference("multi:1"), *client_, reference("one:1"), kAmd64, {})).digest,
            amd64.digest());
  EXPECT_EQ(must(client_->head(reference("one:1")))->digest, amd64.digest());
}

TEST_F(RegistryRoundtrip, AgreesWithSkopeo) {
  if (!test::has_program("skopeo")) GTEST_SKIP() << "skopeo is not installed";
  TestImage image({test::random_bytes(500'000, 5)});
  push("ours:1", image);
  std::string host = registry_->host();
  auto copied = test::run_program({"skopeo", "copy", "--preserve-digests", "--src-tls-verify=false",
                                   "--dest-tls-verify=false", "docker://" + host + "/ours:1",
                                   "docker://" + host + "/theirs:1"});
  ASSERT_EQ(copied.code, 0) << copied.output;
  ResolvedImage theirs = must(client_->resolve(reference("theirs:1"), kAmd64));
  EXPECT_EQ(theirs.manifest_json, image.image.manifest_json);
  const oci::Descriptor& layer = theirs.manifest.layers[0];
  EXPECT_TRUE(pull_blob("theirs:1", layer) == image.contents.at(layer.digest));
  auto inspected = test::run_program(
      {"skopeo", "inspect", "--tls-verify=false", "--format", "{{.Digest}}", "docker://" + host + "/ours:1"});
  EXPECT_EQ(inspected.output, image.digest().str() + "\n");
}

}  // namespace
}  // namespace mbuild::remote
