#include "registry/oci/layout.h"

#include <sys/stat.h>

#include "registry/base/copy_stream.h"
#include "registry/oci/image_config.h"
#include "tests/support/result_matchers.h"
#include "tests/support/temp_dir.h"

namespace mbuild::oci {
namespace {

using test::FailsWith;
using test::must;

class Layout : public testing::Test {
 protected:
  Layout() {
    std::filesystem::create_directories(dir.path() / "blobs/sha256");
    dir.write("oci-layout", R"({"imageLayoutVersion":"1.0.0"})");
  }

  Descriptor put(std::string_view media_type, std::string_view data) {
    Descriptor descriptor;
    descriptor.media_type = media_type;
    descriptor.digest = Digest::of(data);
    descriptor.size = data.size();
    dir.write("blobs/sha256/" + descriptor.digest.hex(), data);
    return descriptor;
  }

  // A manifest of one layer, which says its platform, and the descriptor that says so too if `told`.
  Descriptor put_image(const std::string& platform, bool told = true) {
    ImageConfig config;
    config.platform = must(Platform::parse(platform));
    Manifest manifest;
    manifest.media_type = media_type::kOciManifest;
    manifest.config = put(media_type::kOciConfig, config.json());
    manifest.layers.push_back(put(media_type::kOciLayerTar, "layer of " + platform));
    Descriptor descriptor = put(media_type::kOciManifest, manifest.json());
    if (told) descriptor.platform = config.platform;
    return descriptor;
  }

  Descriptor put_index(std::vector<Descriptor> entries) {
    return put(media_type::kOciIndex, index_of(std::move(entries)));
  }

  static std::string index_of(std::vector<Descriptor> entries) {
    Index index;
    index.media_type = media_type::kOciIndex;
    index.manifests = std::move(entries);
    return index.json();
  }

  void write_index(std::vector<Descriptor> entries) { dir.write("index.json", index_of(std::move(entries))); }

  static Descriptor named(Descriptor descriptor, const std::string& tag) {
    descriptor.annotations["org.opencontainers.image.ref.name"] = tag;
    return descriptor;
  }

  // The digest that a name and a platform lead to.
  Result<Digest> find(const std::string& suffix, const std::string& platform = "linux/amd64") {
    const auto layout = MBUILD_TRY(LayoutReader::open(dir.str() + suffix));
    const LayoutImage image = MBUILD_TRY(layout->image(must(Platform::parse(platform))));
    return image.descriptor.digest;
  }

  test::TempDir dir;
};

TEST_F(Layout, GivesManifestConfigAndBlobs) {
  write_index({named(put_image("linux/amd64"), "latest")});
  const auto layout = must(LayoutReader::open(dir.str()));
  const LayoutImage image = must(layout->image(must(Platform::parse("linux/amd64"))));
  EXPECT_EQ(must(ImageConfig::parse(image.config_json)).platform.str(), "linux/amd64");
  EXPECT_EQ(Digest::of(image.config_json), image.manifest.config.digest);
  ASSERT_EQ(image.manifest.layers.size(), 1u);
  const auto layer = must(layout->open_blob(image.manifest.layers[0]));
  EXPECT_EQ(must(read_all(*layer, 100)), "layer of linux/amd64");
}

TEST_F(Layout, PicksByTag) {
  const Descriptor a = put_image("linux/amd64");
  const Descriptor b = put_image("linux/arm64");
  write_index({named(a, "latest"), named(b, "v1"), named(a, "docker.io/x:y")});
  EXPECT_EQ(must(find("")), a.digest);
  EXPECT_EQ(must(find(":latest")), a.digest);
  EXPECT_EQ(must(find(":v1")), b.digest);  // a lone manifest is it, whatever its platform
  EXPECT_THAT(find(":v2"),
              FailsWith(ErrorKind::not_found, "no image v2 in it, but: latest, v1, docker.io/x:y"));
}

TEST_F(Layout, TakesWhatThereIsWithoutATag) {
  const Descriptor image = put_image("linux/amd64");
  write_index({named(image, "v1"), named(image, "v2")});  // as the exporters write an image of two names
  EXPECT_EQ(must(find("")), image.digest);
  const Descriptor other = put_image("linux/arm64");
  write_index({image, other});
  EXPECT_EQ(must(find("", "linux/amd64")), image.digest);
  EXPECT_EQ(must(find("", "linux/arm64")), other.digest);
  EXPECT_THAT(find("", "linux/s390x"), FailsWith(ErrorKind::not_found, "but for: linux/amd64, linux/arm64"));
  write_index({});
  EXPECT_THAT(find(""), FailsWith(ErrorKind::not_found, "none with a name"));
}

TEST_F(Layout, PicksByDigestWhateverIndexJsonNames) {
  const Descriptor a = put_image("linux/amd64");
  const Descriptor b = put_image("linux/arm64");
  const Descriptor index = put_index({a, b});
  write_index({named(index, "latest")});
  EXPECT_EQ(must(find("@" + index.digest.str(), "linux/arm64")), b.digest);
  EXPECT_EQ(must(find("@" + a.digest.str())), a.digest);
  EXPECT_EQ(must(find(":ignored@" + b.digest.str())), b.digest);
  EXPECT_THAT(find("@" + Digest::of("x").str()), FailsWith(ErrorKind::not_found, Digest::of("x").str()));
  EXPECT_THAT(find("@sha256:12"), FailsWith(ErrorKind::invalid_input, "hexadecimal"));
}

TEST_F(Layout, GoesThroughNestedIndexes) {
  const Descriptor amd64 = put_image("linux/amd64");
  const Descriptor arm = put_image("linux/arm/v7");
  Descriptor attestation = put_image("linux/386");
  attestation.platform = Platform{"unknown", "unknown", "", "", {}};
  Descriptor inner = put_index({attestation, amd64, arm});
  inner.platform = must(Platform::parse("linux/amd64"));
  write_index({named(put_index({inner}), "latest")});
  EXPECT_EQ(must(find("")), amd64.digest);
  EXPECT_THAT(find("", "linux/s390x"), FailsWith(ErrorKind::not_found, "no image for linux/s390x"));
}

TEST_F(Layout, AsksTheConfigWhenTheIndexDoesNotTellThePlatform) {
  const Descriptor amd64 = put_image("linux/amd64", false);
  const Descriptor arm64 = put_image("linux/arm64", false);
  write_index({named(put_index({amd64, arm64}), "latest")});
  EXPECT_EQ(must(find("", "linux/arm64")), arm64.digest);
}

TEST_F(Layout, StopsInIndexesThatNestTooDeep) {
  Descriptor entry = put_image("linux/amd64");
  for (int i = 0; i < 12; ++i) {
    entry = put_index({entry});
    entry.platform = must(Platform::parse("linux/amd64"));
  }
  write_index({named(entry, "latest")});
  EXPECT_THAT(find(""), FailsWith(ErrorKind::corrupt, "nested too deeply"));
}

TEST_F(Layout, NoticesDamage) {
  const Descriptor image = put_image("linux/amd64");
  write_index({named(image, "latest")});
  Descriptor layer = put(media_type::kOciLayerTar, "layer of linux/amd64");
  dir.write("blobs/sha256/" + layer.digest.hex(), "Layer of linux/amd64");
  const auto layout = must(LayoutReader::open(dir.str()));
  EXPECT_THAT(read_all(*must(layout->open_blob(layer)), 100),
              FailsWith(ErrorKind::corrupt, layer.digest.str()));
  dir.write("blobs/sha256/" + layer.digest.hex(), "layer");
  EXPECT_THAT(read_all(*must(layout->open_blob(layer)), 100),
              FailsWith(ErrorKind::corrupt, "5 bytes where 20"));
  dir.write("blobs/sha256/" + image.digest.hex(), "{}");
  EXPECT_THAT(find(""), FailsWith(ErrorKind::corrupt, image.digest.str()));
  std::filesystem::remove(dir.path() / "blobs/sha256" / image.digest.hex());
  EXPECT_THAT(find(""), FailsWith(ErrorKind::not_found, "is missing"));
}

TEST_F(Layout, SizesMustAgree) {
  Descriptor image = put_image("linux/amd64");
  image.size += 1;
  write_index({image});
  EXPECT_THAT(find(""), FailsWith(ErrorKind::corrupt, "were announced"));
}

TEST_F(Layout, MissingBlobsAreNamed) {
  write_index({put_image("linux/amd64")});
  const auto layout = must(LayoutReader::open(dir.str()));
  Descriptor missing;
  missing.digest = Digest::of("missing");
  EXPECT_THAT(layout->open_blob(missing), FailsWith(ErrorKind::not_found, missing.digest.str()));
}

TEST_F(Layout, IsNotOneWithoutAnIndex) {
  EXPECT_THAT(find(""), FailsWith(ErrorKind::not_found, "no OCI layout"));
  EXPECT_THAT(LayoutReader::open(dir.str() + "/nothing"), FailsWith(ErrorKind::not_found, "nothing"));
  EXPECT_THAT(LayoutReader::open(""), FailsWith(ErrorKind::invalid_input, "no directory"));
  EXPECT_THAT(LayoutReader::open(":v1"), FailsWith(ErrorKind::invalid_input, "no directory"));
  dir.write("index.json", "{}");
  EXPECT_THAT(find(""), FailsWith(ErrorKind::corrupt, "index.json: image index: schemaVersion"));
}

TEST_F(Layout, ChecksTheVersionWhenThereIsOne) {
  const Descriptor image = put_image("linux/amd64");
  write_index({image});
  dir.write("oci-layout", R"({"imageLayoutVersion":"2.0.0"})");
  EXPECT_THAT(find(""), FailsWith(ErrorKind::unsupported, "2.0.0"));
  dir.write("oci-layout", "nonsense");
  EXPECT_THAT(find(""), FailsWith(ErrorKind::corrupt, "oci-layout: malformed JSON"));
  std::filesystem::remove(dir.path() / "oci-layout");
  EXPECT_EQ(must(find("")), image.digest);
}

TEST_F(Layout, LinksDoNotLeadOutOfIt) {
  const Descriptor image = put_image("linux/amd64");
  write_index({image});
  const test::TempDir outside;
  std::filesystem::rename(dir.path() / "blobs", outside.path() / "blobs");
  std::filesystem::create_symlink(outside.path() / "blobs", dir.path() / "blobs");
  EXPECT_THAT(find(""), FailsWith(ErrorKind::not_found, "blobs/sha256"));
}

TEST_F(Layout, AFifoInABlobsPlaceDoesNotBlock) {
  const Descriptor image = put_image("linux/amd64");
  write_index({image});
  Descriptor layer = put(media_type::kOciLayerTar, "layer of linux/amd64");
  const std::string path = dir.str() + "/blobs/sha256/" + layer.digest.hex();
  std::filesystem::remove(path);
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  EXPECT_THAT(must(LayoutReader::open(dir.str()))->open_blob(layer),
              FailsWith(ErrorKind::corrupt, "not a regular file"));
}

TEST_F(Layout, IsNotWrittenTo) {
  write_index({});
  std::filesystem::remove_all(dir.path() / "blobs");
  EXPECT_THAT(find(""), FailsWith(ErrorKind::not_found, "blobs"));
  EXPECT_FALSE(std::filesystem::exists(dir.path() / "blobs"));
}

}  // namespace
}  // namespace mbuild::oci
