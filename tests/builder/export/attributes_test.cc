#include "builder/export/attributes.h"

#include <gtest/gtest.h>

#include "tests/support/result_matchers.h"

namespace mbuild::builder {
namespace {

using test::FailsWith;
using test::must;
using test::Succeeds;

using Attributes = std::map<std::string, std::string>;

ExportAttributes parse(std::string_view type, const Attributes& attributes = {}) {
  return must(parse_export_attributes(type, attributes));
}

TEST(ExportAttributes, HaveBuildKitsDefaults) {
  const ExportAttributes image = parse("image");
  EXPECT_EQ(image.type, ExportType::image);
  EXPECT_TRUE(image.oci_media_types);
  EXPECT_TRUE(image.store);
  EXPECT_FALSE(image.push);
  EXPECT_EQ(image.compression.type, Compression::gzip);
  EXPECT_EQ(image.compression.level, std::nullopt);
  EXPECT_TRUE(parse("registry").push);
  EXPECT_TRUE(parse("oci").oci_media_types);
  EXPECT_FALSE(parse("docker").oci_media_types);
  EXPECT_TRUE(parse("docker").tar);
}

TEST(ExportAttributes, TakeValues) {
  const ExportAttributes oci = parse("oci", {{"dest", "out"},
                                             {"tar", "false"},
                                             {"name", "app,localhost:5000/x:2"},
                                             {"compression", "zstd"},
                                             {"compression-level", "19"},
                                             {"force-compression", "true"},
                                             {"rewrite-timestamp", ""}});
  EXPECT_EQ(oci.dest, "out");
  EXPECT_FALSE(oci.tar);
  ASSERT_EQ(oci.names.size(), 2u);
  EXPECT_EQ(oci.names[0].str(), "docker.io/library/app:latest");
  EXPECT_EQ(oci.names[1].str(), "localhost:5000/x:2");
  EXPECT_EQ(oci.compression.type, Compression::zstd);
  EXPECT_EQ(oci.compression.level, 19);
  EXPECT_TRUE(oci.force_compression);
  EXPECT_TRUE(oci.rewrite_timestamp);
  const ExportAttributes image = parse("image", {{"push", "1"},
                                                 {"push-by-digest", "t"},
                                                 {"registry.insecure", "True"},
                                                 {"store", "0"},
                                                 {"name-canonical", "true"},
                                                 {"compression", "uncompressed"}});
  EXPECT_TRUE(image.push && image.push_by_digest && image.insecure && image.name_canonical);
  EXPECT_FALSE(image.store);
  EXPECT_EQ(image.compression.type, Compression::none);
  EXPECT_EQ(parse("local", {{"dest", "d"}, {"platform-split", "false"}, {"mode", "copy"}}).platform_split,
            false);
}

TEST(ExportAttributes, TellNoEpochFromNoAttribute) {
  EXPECT_EQ(parse("oci").source_date_epoch, std::nullopt);
  const auto none = parse("oci", {{"source-date-epoch", ""}}).source_date_epoch;
  ASSERT_TRUE(none.has_value());
  EXPECT_EQ(*none, std::nullopt);
  EXPECT_EQ(**parse("tar", {{"source-date-epoch", "1673354096"}}).source_date_epoch, 1673354096);
}

TEST(ExportAttributes, UseOciTypesForZstd) {
  EXPECT_TRUE(parse("docker", {{"compression", "zstd"}}).oci_media_types);
  EXPECT_TRUE(parse("image", {{"compression", "zstd"}, {"oci-mediatypes", "false"}}).oci_media_types);
}

TEST(ExportAttributes, RefuseByName) {
  struct Case {
    const char* type;
    Attributes attributes;
    const char* message;
  };
  const Case cases[] = {
      {"", {}, "output type \"\" is unknown: there are image"},
      {"estargz", {}, "output type \"estargz\" is unknown"},
      {"oci", {{"colour", "red"}}, "output type oci: it has no attribute \"colour\""},
      {"local", {{"dest", "x"}, {"compression", "gzip"}}, "it has no attribute \"compression\""},
      {"local", {{"dest", "x"}, {"annotation.a", "b"}}, "it has no attribute \"annotation.a\""},
      {"image", {{"dest", "x"}}, "it has no attribute \"dest\""},
      {"oci", {{"push", "true"}}, "it has no attribute \"push\""},
      {"oci", {{"tar", "maybe"}}, "attribute tar: \"maybe\" is neither true nor false"},
      {"oci",
       {{"compression", "estargz"}},
       "attribute compression: \"estargz\" is not a supported compression"},
      {"oci", {{"compression-level", "high"}}, "attribute compression-level: \"high\" is not a number"},
      {"oci", {{"compression-level", "10"}}, "gzip goes from 0 to 9"},
      {"oci", {{"compression-level", "23"}, {"compression", "zstd"}}, "zstd goes from 0 to 22"},
      {"oci", {{"compression-level", "-1"}}, "gzip goes from 0 to 9"},
      {"oci", {{"source-date-epoch", "now"}}, "attribute source-date-epoch: \"now\" is not a number"},
      {"oci", {{"name", "Bad Name"}}, "attribute name"},
      {"oci", {{"name", "app@sha256:" + std::string(64, 'a')}}, "cannot be named by digest"},
      {"oci", {{"tar", "false"}}, "attribute dest: a directory is needed"},
      {"local", {}, "attribute dest: a directory is needed"},
      {"local", {{"dest", "-"}}, "attribute dest: a directory is needed"},
      {"local", {{"dest", "x"}, {"mode", "delete"}}, "attribute mode: \"delete\" is not supported"},
      {"oci", {{"annotation.", "x"}}, "the key is missing"},
      {"oci", {{"annotation[linux/amd64", "x"}}, "expected \"[platform].key\""},
      {"oci", {{"annotation[].k", "x"}}, "attribute annotation[].k"},
      {"oci", {{"annotations.k", "x"}}, "it has no attribute \"annotations.k\""},
  };
  for (const Case& c : cases) {
    EXPECT_THAT(parse_export_attributes(c.type, c.attributes),
                FailsWith(ErrorKind::invalid_input, c.message));
  }
}

TEST(Annotations, KnowTheirScopeAndPlatform) {
  const auto annotations = parse("oci", {{"annotation.a", "1"},
                                         {"annotation-manifest.b", "2"},
                                         {"annotation-manifest-descriptor.c", "3"},
                                         {"annotation-index.d", "4"},
                                         {"annotation-index-descriptor.e.f", "5"},
                                         {"annotation[linux/arm64].a", "6"}})
                               .annotations;
  const auto amd64 = must(oci::Platform::parse("linux/amd64"));
  const auto arm64 = must(oci::Platform::parse("linux/arm64"));
  using Selected = std::map<std::string, std::string>;
  EXPECT_EQ(select_annotations(annotations, AnnotationScope::manifest, &amd64),
            (Selected{{"a", "1"}, {"b", "2"}}));
  EXPECT_EQ(select_annotations(annotations, AnnotationScope::manifest, &arm64),
            (Selected{{"a", "6"}, {"b", "2"}}));
  EXPECT_EQ(select_annotations(annotations, AnnotationScope::manifest_descriptor, &amd64),
            (Selected{{"c", "3"}}));
  EXPECT_EQ(select_annotations(annotations, AnnotationScope::index, nullptr), (Selected{{"d", "4"}}));
  EXPECT_EQ(select_annotations(annotations, AnnotationScope::index_descriptor, nullptr),
            (Selected{{"e.f", "5"}}));
}

}  // namespace
}  // namespace mbuild::builder
