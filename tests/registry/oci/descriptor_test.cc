#include "registry/oci/descriptor.h"

#include <gtest/gtest.h>

namespace mbuild::oci {
namespace {

Descriptor of_type(std::string_view media_type) {
  Descriptor descriptor;
  descriptor.media_type = media_type;
  return descriptor;
}

TEST(Descriptor, KnowsIndexesAndManifests) {
  for (const auto type : {media_type::kOciIndex, media_type::kDockerIndex}) {
    EXPECT_TRUE(of_type(type).is_index());
    EXPECT_FALSE(of_type(type).is_manifest());
  }
  for (const auto type : {media_type::kOciManifest, media_type::kDockerManifest}) {
    EXPECT_TRUE(of_type(type).is_manifest());
    EXPECT_FALSE(of_type(type).is_index());
  }
  EXPECT_FALSE(of_type(media_type::kOciConfig).is_manifest());
}

TEST(Descriptor, KnowsForeignLayers) {
  EXPECT_TRUE(of_type(media_type::kDockerForeignLayer).is_foreign_layer());
  EXPECT_TRUE(of_type("application/vnd.oci.image.layer.nondistributable.v1.tar+zstd").is_foreign_layer());
  EXPECT_FALSE(of_type(media_type::kOciLayerGzip).is_foreign_layer());
}

TEST(LayerMediaType, DependsOnCompressionAndDress) {
  EXPECT_EQ(layer_media_type(Compression::none, false), media_type::kOciLayerTar);
  EXPECT_EQ(layer_media_type(Compression::gzip, false), media_type::kOciLayerGzip);
  EXPECT_EQ(layer_media_type(Compression::zstd, false), media_type::kOciLayerZstd);
  EXPECT_EQ(layer_media_type(Compression::none, true), media_type::kDockerLayerTar);
  EXPECT_EQ(layer_media_type(Compression::gzip, true), media_type::kDockerLayerGzip);
  EXPECT_EQ(layer_media_type(Compression::zstd, true), media_type::kOciLayerZstd);
}

}  // namespace
}  // namespace mbuild::oci
