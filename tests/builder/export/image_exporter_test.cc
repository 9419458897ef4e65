#include "builder/export/image_exporter.h"

#include "builder/export/metadata.h"
#include "registry/base/json.h"
#include "tests/builder/export/export_fixture.h"
#include "tests/support/test_image.h"

namespace mbuild::builder {
namespace {

using remote::RegistryClient;
using test::FailsWith;
using test::must;
using test::Succeeds;

// Takes every blob that it is not told to have.
class FakeRegistry : public RegistryClient {
 public:
  Result<void> push(const oci::Reference& reference, const PushImage& image, const BlobProvider& blobs,
                    const remote::ByteProgress& progress) override {
    if (failure) return std::unexpected(*failure);
    for (const PushImage& child : image.children) MBUILD_CHECK(take(child, blobs));
    MBUILD_CHECK(take(image, blobs));
    manifests[reference.str()] = image.manifest_json;
    progress(1, 1);
    return {};
  }
  Result<remote::ResolvedImage> resolve(const oci::Reference&, const oci::Platform&) override {
    return unused();
  }
  Result<std::optional<oci::Descriptor>> head(const oci::Reference&) override { return unused(); }
  Result<std::pair<oci::Descriptor, std::string>> manifest(const oci::Reference&) override {
    return unused();
  }
  Result<std::unique_ptr<ByteSource>> open_blob(const oci::Reference& reference,
                                                const oci::Descriptor& blob) override {
    fetched.push_back(reference.str() + " " + blob.digest.str());
    return std::make_unique<test::StringSource>("from afar");
  }
  Result<std::vector<oci::Descriptor>> referrers(const oci::Reference&, const oci::Digest&,
                                                 const std::string&) override {
    return unused();
  }
  Result<std::vector<std::string>> list_tags(const oci::Reference&) override { return unused(); }
  Result<void> remove(const oci::Reference&) override { return unused(); }

  std::optional<Error> failure;
  std::map<std::string, std::string> manifests;  // by reference
  std::map<oci::Digest, std::string> contents;
  std::map<oci::Digest, std::vector<std::string>> mounts;
  std::vector<std::string> fetched;

 private:
  static std::unexpected<Error> unused() { return fail(ErrorKind::internal, "not part of a push"); }
  Result<void> take(const PushImage& image, const BlobProvider& blobs) {
    for (const oci::Descriptor& blob : image.blobs) {
      mounts[blob.digest] = blobs.mount_from(blob);
      auto source = MBUILD_TRY(blobs.open(blob));
      contents[blob.digest] = MBUILD_TRY(test::read_all(*source));
    }
    return {};
  }
};

class ImageExporterTest : public ExportTest {
 protected:
  ImageExporterTest() { services_.registry = &registry_; }
  FakeRegistry registry_;
};

TEST_F(ImageExporterTest, NamesTheImageInTheStore) {
  const Image image = make_image({base_, top_});
  const auto result = must(run("image", {{"annotation.a", "b"}}, input({image}, {"app:1", "app:2"})));
  for (const char* name : {"app:1", "app:2"}) {
    const auto record = must(images_.find(name));
    ASSERT_TRUE(record);
    EXPECT_EQ(record->id, image.id);
    EXPECT_EQ(record->layers, (std::vector<std::string>{base_->id, top_->id}));
    EXPECT_EQ(record->size, image.layers[0].size + image.layers[1].size);
    EXPECT_EQ(record->annotations.at("a"), "b");
  }
  EXPECT_EQ(must(layers_.blobs().read(image.id)), image.config_json);
  EXPECT_EQ(result.config, image.id);
  EXPECT_FALSE(result.root) << "nothing asked for a manifest";
  EXPECT_EQ(layers_.compressions(), 0) << "nothing asked for a blob";
}

TEST_F(ImageExporterTest, AnExporterNameTakesTheTagsPlace) {
  must(run("image", {{"name", "other"}}, input({make_image({base_})})));
  EXPECT_TRUE(must(images_.find("other")));
  EXPECT_FALSE(must(images_.find("app:1")));
}

TEST_F(ImageExporterTest, WithoutANameTheIdFindsIt) {
  const Image image = make_image({base_});
  must(run("image", {}, input({image}, {})));
  EXPECT_TRUE(must(images_.find(image.id.hex().substr(0, 12))));
}

TEST_F(ImageExporterTest, AStoredImageReadsBackEqual) {
  const Image image = make_image({base_, top_});
  must(run("image", {{"annotation.a", "b"}}, input({image})));
  const Image again = must(read_image(*must(images_.find("app:1")), layers_));
  EXPECT_EQ(again.id, image.id);
  EXPECT_EQ(again.config_json, image.config_json);
  EXPECT_EQ(again.layers.size(), 2u);
  EXPECT_EQ(again.layers[1].diff_id, image.layers[1].diff_id);
  EXPECT_EQ(again.annotations.at("a"), "b");
}

TEST_F(ImageExporterTest, AnImageWhosePartsAreGoneIsNotRead) {
  must(run("image", {}, input({make_image({base_, top_})})));
  const ImageRecord record = *must(images_.find("app:1"));
  ImageRecord wrong = record;
  std::swap(wrong.layers[0], wrong.layers[1]);
  EXPECT_THAT(read_image(wrong, layers_),
              FailsWith(ErrorKind::corrupt, "is not the one that the config names"));
  wrong.layers.pop_back();
  EXPECT_THAT(read_image(wrong, layers_), FailsWith(ErrorKind::corrupt, "number of layers"));
  layers_.forget(*top_);
  EXPECT_THAT(read_image(record, layers_), FailsWith(ErrorKind::not_found, top_->id));
  must(layers_.blobs().remove(record.id));
  EXPECT_THAT(read_image(record, layers_), FailsWith(ErrorKind::not_found, "its config"));
}

TEST_F(ImageExporterTest, PushesUnderEveryName) {
  const Image image = make_image({base_, top_});
  const auto result = must(run("registry", {}, input({image}, {"localhost:5000/a:1", "localhost:5000/b"})));
  ASSERT_EQ(registry_.manifests.size(), 2u);
  const std::string& json = registry_.manifests.at("localhost:5000/a:1");
  EXPECT_EQ(oci::Digest::of(json), result.root->digest);
  const auto manifest = must(oci::Manifest::parse(json));
  EXPECT_EQ(registry_.contents.at(manifest.config.digest), image.config_json);
  for (const oci::Descriptor& layer : manifest.layers) {
    EXPECT_EQ(oci::Digest::of(registry_.contents.at(layer.digest)), layer.digest);
  }
  EXPECT_TRUE(must(images_.find("localhost:5000/b")));
}

TEST_F(ImageExporterTest, PushesAnIndexWithItsManifests) {
  const auto result = must(run(
      "registry", {}, input({make_image({base_}), make_image({top_}, "linux/arm64")}, {"localhost:5000/a"})));
  EXPECT_TRUE(result.root->is_index());
  EXPECT_EQ(oci::Digest::of(registry_.manifests.at("localhost:5000/a:latest")), result.root->digest);
  EXPECT_EQ(registry_.contents.size(), 4u) << "two configs and two layers";
}

TEST_F(ImageExporterTest, PushesByDigestAndReportsCanonicalNames) {
  const Image image = make_image({base_});
  auto result = must(
      run("image", {{"push", "true"}, {"push-by-digest", "true"}}, input({image}, {"localhost:5000/a"})));
  const std::string canonical = "localhost:5000/a@" + result.root->digest.str();
  EXPECT_EQ(result.names, std::vector<std::string>{canonical});
  EXPECT_TRUE(registry_.manifests.contains(canonical));
  result = must(run("registry", {{"name-canonical", "true"}}, input({image}, {"localhost:5000/a"})));
  EXPECT_EQ(result.names, (std::vector<std::string>{"localhost:5000/a:latest", canonical}));
}

TEST_F(ImageExporterTest, AFailedPushMovesNoName) {
  registry_.failure = Error(ErrorKind::unauthorized, "401");
  EXPECT_THAT(run("registry", {}, input({make_image({base_})}, {"localhost:5000/a"})),
              FailsWith(ErrorKind::unauthorized, "401"));
  EXPECT_TRUE(must(images_.list()).empty());
  EXPECT_THAT(run("registry", {}, input({make_image({base_})}, {})),
              FailsWith(ErrorKind::invalid_input, "it has no name"));
}

TEST_F(ImageExporterTest, StoreCanBeLeftOut) {
  must(run("registry", {{"store", "false"}}, input({make_image({base_})}, {"localhost:5000/a"})));
  EXPECT_TRUE(must(images_.list()).empty());
}

TEST_F(ImageExporterTest, PulledLayersAreOfferedForMountsAndFetchedFromWhereTheyAre) {
  LayerBlob pulled;
  pulled.digest = oci::Digest::of("far away");
  pulled.size = 8;
  pulled.source = "localhost:5000/library/base:1";
  layers_.set_blob(*base_, pulled);
  const Image image = make_image({base_, top_});
  must(run("registry", {}, input({image}, {"localhost:5000/a"})));
  EXPECT_EQ(registry_.mounts.at(pulled.digest), std::vector<std::string>{"library/base"});
  EXPECT_EQ(registry_.fetched,
            std::vector<std::string>{"localhost:5000/library/base:1 " + pulled.digest.str()});
  must(run("registry", {}, input({image}, {"localhost:5001/a"})));
  EXPECT_TRUE(registry_.mounts.at(pulled.digest).empty()) << "another registry cannot mount it";
  must(run("registry", {}, input({image}, {"localhost:5000/library/base:2"})));
  EXPECT_TRUE(registry_.mounts.at(pulled.digest).empty()) << "it is there already";
}

TEST_F(ImageExporterTest, MetadataTellsOfTheResult) {
  const Image image = make_image({base_});
  const ExportResult pushed =
      must(run("registry", {}, input({image}, {"localhost:5000/a", "localhost:5000/b"})));
  const std::string text = metadata_json({&pushed, 1});
  const auto json = must(JsonObject::parse(text, "metadata"));
  EXPECT_EQ(must(json.text("containerimage.config.digest")), image.id.str());
  EXPECT_EQ(must(json.text("containerimage.digest")), pushed.root->digest.str());
  EXPECT_EQ(must(json.text("image.name")), "localhost:5000/a:latest,localhost:5000/b:latest");
  const auto descriptor = must(json.object("containerimage.descriptor"));
  EXPECT_EQ(must(descriptor->natural("size")), pushed.root->size);
  EXPECT_EQ(must(must(descriptor->object("platform"))->text("architecture")), "amd64");
  EXPECT_EQ(metadata_json({}), "{}\n");
}

}  // namespace
}  // namespace mbuild::builder
