#include "registry/remote/layout_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "registry/oci/layout.h"
#include "registry/remote/copy.h"
#include "tests/support/result_matchers.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_image.h"

namespace mbuild::remote {
namespace {

using test::FailsWith;
using test::must;
using test::TestImage;
using testing::ElementsAre;

const oci::Platform kAmd64{"linux", "amd64", "", "", {}};

class LayoutClientTest : public testing::Test {
 protected:
  oci::Reference named(const std::string& suffix) {
    return must(parse_layout_place(directory + suffix)).reference;
  }
  test::TempDir folder;
  std::string directory = folder.str() + "/layout";
  std::unique_ptr<RegistryClient> client = make_layout_client(directory);
  TestImage image{{test::random_bytes(100'000, 1), "small"}};
};

TEST_F(LayoutClientTest, GivesWhatWasPushed) {
  must(client->push(named(":1"), image.image, image.provider(), {}));
  EXPECT_EQ(must(client->head(named(":1")))->digest, image.digest());
  EXPECT_EQ(must(client->manifest(named(":1"))).second, image.image.manifest_json);
  ResolvedImage found = must(client->resolve(named(":1"), kAmd64));
  EXPECT_EQ(found.manifest_json, image.image.manifest_json);
  auto source = must(client->open_blob(named(":1"), image.manifest.layers[0]));
  EXPECT_TRUE(must(test::read_all(*source)) == image.contents.at(image.manifest.layers[0].digest));
  EXPECT_THAT(oci::LayoutReader::open(directory + ":1"), test::Succeeds());
  EXPECT_EQ(must(client->head(named(":2"))), std::nullopt);
}

TEST_F(LayoutClientTest, MovesANameAndKeepsTheOthers) {
  TestImage other({"other"});
  must(client->push(named(":a"), image.image, image.provider(), {}));
  must(client->push(named(":b"), image.image, image.provider(), {}));
  must(client->push(named(":a"), other.image, other.provider(), {}));
  EXPECT_THAT(must(client->list_tags(named(""))), ElementsAre("a", "b"));
  EXPECT_EQ(must(client->head(named(":a")))->digest, other.digest());
  EXPECT_EQ(must(client->head(named(":b")))->digest, image.digest());
  must(client->remove(named(":a")));
  EXPECT_THAT(must(client->list_tags(named(""))), ElementsAre("b"));
  EXPECT_THAT(client->remove(named(":a")), FailsWith(ErrorKind::not_found, ":a"));
}

TEST_F(LayoutClientTest, MovesNoNameWhenABlobIsWrong) {
  auto provider = image.provider();
  provider.open = [](const oci::Descriptor&) -> Result<std::unique_ptr<ByteSource>> {
    return std::make_unique<test::StringSource>("something else");
  };
  EXPECT_THAT(client->push(named(":1"), image.image, provider, {}), FailsWith(ErrorKind::corrupt, "digest"));
  EXPECT_FALSE(std::filesystem::exists(directory + "/index.json"));
}

TEST_F(LayoutClientTest, FindsReferrers) {
  must(client->push(named(":1"), image.image, image.provider(), {}));
  TestImage signature({"signature"});
  signature.manifest.subject = image.descriptor();
  signature.image.manifest_json = signature.manifest.json();
  must(client->push(named("@" + signature.digest().str()), signature.image, signature.provider(), {}));
  auto found = must(client->referrers(named(":1"), image.digest(), ""));
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].digest, signature.digest());

  auto other = make_layout_client(folder.str() + "/other");
  oci::Reference there = must(parse_layout_place(folder.str() + "/other:1")).reference;
  must(copy_image(*client, named(":1"), *other, there, std::nullopt, {}));
  EXPECT_EQ(must(copy_referrers(*client, named(":1"), *other, there, image.digest())), 1u);
  EXPECT_EQ(must(other->referrers(there, image.digest(), "")).size(), 1u);
}

TEST_F(LayoutClientTest, SaysWhatIsMissing) {
  EXPECT_THAT(client->manifest(named(":1")), FailsWith(ErrorKind::not_found, directory));
  must(client->push(named(":1"), image.image, image.provider(), {}));
  EXPECT_THAT(client->manifest(named(":2")), FailsWith(ErrorKind::not_found, "no image called 2"));
  EXPECT_THAT(parse_layout_place(":1"), FailsWith(ErrorKind::invalid_input, "directory"));
}

}  // namespace
}  // namespace mbuild::remote
