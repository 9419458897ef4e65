#include "builder/cache/cache_index.h"

#include <gtest/gtest.h>

#include "builder/cache/signed_index.h"
#include "registry/remote/base64.h"
#include "tests/support/result_matchers.h"
#include "tests/support/temp_dir.h"

namespace mbuild::builder {
namespace {

using oci::Digest;
using test::must;

oci::Descriptor blob(const char* content) {
  return oci::describe(oci::media_type::kOciLayerGzip, content);
}

CacheIndex sample() {
  CacheIndex index;
  index.layers = {{Digest::of("tar"), blob("blob")}, {Digest::of("inline"), std::nullopt}};
  index.steps = {{Digest::of("key"), 0, Digest::of("print"), 1'700'000'000, 5'500'000'000, 6'000'000'001},
                 {Digest::of("other"), 1, Digest::of("print"), 1, 0, 0}};
  index.mounts = {{Digest::of("mount").hex(), blob("mount")}};
  return index;
}

TEST(CacheIndex, ComesBackAsItWas) {
  const std::string json = sample().encode();
  const CacheIndex index = must(CacheIndex::decode(json));
  ASSERT_EQ(index.layers.size(), 2u);
  EXPECT_EQ(index.layers[0].blob->digest, Digest::of("blob"));
  EXPECT_FALSE(index.layers[1].blob);
  ASSERT_EQ(index.steps.size(), 2u);
  EXPECT_EQ(index.steps[0].key, Digest::of("key"));
  EXPECT_EQ(index.steps[0].touched_from, 5'000'000'000) << "as a tarball rounds the times of files";
  EXPECT_EQ(index.steps[0].touched_to, 6'000'000'001);
  EXPECT_EQ(index.mounts.at(0).blob.size, 5u);
  EXPECT_EQ(index.encode(), json);
}

TEST(CacheIndex, BelievesNothing) {
  const std::string json = sample().encode();
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string changed = json;
    const auto place = changed.find(from);
    EXPECT_NE(place, std::string::npos) << from;
    return CacheIndex::decode(changed.replace(place, from.size(), to));
  };
  const std::string digest = Digest::of("blob").str();
  EXPECT_FALSE(with("\"version\":1", "\"version\":2"));
  EXPECT_FALSE(with("\"layer\":1", "\"layer\":2"));
  EXPECT_FALSE(with("\"layer\":1", "\"layer\":-1"));
  EXPECT_FALSE(with(digest, "sha256:../../etc/passwd"));
  EXPECT_FALSE(with(digest, "sha512:" + digest.substr(7)));
  EXPECT_FALSE(with("\"size\":4", "\"size\":-4"));
  EXPECT_FALSE(with("\"created\":1,", "\"created\":0,"));
  EXPECT_FALSE(with("\"touchedTo\":6000000001", "\"touchedTo\":4"));
  EXPECT_FALSE(with("layer.v1.tar+gzip", "layer.nondistributable"));
  EXPECT_FALSE(with(Digest::of("mount").hex(), "../mounts"));
  EXPECT_FALSE(CacheIndex::decode("[]"));
  EXPECT_FALSE(CacheIndex::decode(json.substr(0, json.size() / 2)));
}

class SignedIndex : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"one", "two"}) must(remote::generate_key_pair(folder_.str() + "/" + name, ""));
  }
  remote::PrivateKey key(const std::string& name) {
    return must(remote::PrivateKey::load(folder_.str() + "/" + name + ".key", ""));
  }
  std::vector<remote::PublicKey> keys(const std::string& name) {
    return {must(remote::PublicKey::load(folder_.str() + "/" + name + ".pub"))};
  }
  test::TempDir folder_;
};

TEST_F(SignedIndex, OnlyTheKeysThatAreAskedForCount) {
  const remote::PrivateKey one = key("one");
  const std::string envelope = must(wrap_index("{}", &one));
  EXPECT_EQ(must(unwrap_index(envelope, {})), "{}");
  EXPECT_EQ(must(unwrap_index(envelope, keys("one"))), "{}");
  EXPECT_FALSE(unwrap_index(envelope, keys("two")));
  EXPECT_FALSE(unwrap_index(must(wrap_index("{}", nullptr)), keys("one")));
}

TEST_F(SignedIndex, AChangeIsSeen) {
  const remote::PrivateKey one = key("one");
  std::string envelope = must(wrap_index("{\"a\":1}", &one));
  const std::string payload = remote::base64_encode("{\"a\":1}");
  envelope.replace(envelope.find(payload), payload.size(), remote::base64_encode("{\"a\":2}"));
  EXPECT_EQ(must(unwrap_index(envelope, {})), "{\"a\":2}");
  EXPECT_FALSE(unwrap_index(envelope, keys("one")));
  EXPECT_FALSE(unwrap_index("{\"payloadType\":\"other\",\"payload\":\"\"}", {}));
}

}  // namespace
}  // namespace mbuild::builder
