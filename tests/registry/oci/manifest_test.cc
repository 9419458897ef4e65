#include "registry/oci/manifest.h"

#include "tests/support/corpus.h"
#include "tests/support/result_matchers.h"

namespace mbuild::oci {
namespace {

using test::FailsWith;
using test::must;

// The .golden files are what Go's json.MarshalIndent makes of the .json files through the structs of
// image-spec 1.1.
class GoldenManifest : public testing::TestWithParam<std::string> {};

TEST_P(GoldenManifest, IsWrittenAsGoWritesIt) {
  const std::string path = "oci/manifest/" + GetParam();
  EXPECT_EQ(must(Manifest::parse(test::corpus(path + ".json"))).json(), test::corpus(path + ".golden"));
  EXPECT_EQ(must(Manifest::parse(test::corpus(path + ".golden"))).json(), test::corpus(path + ".golden"));
}

INSTANTIATE_TEST_SUITE_P(Corpus, GoldenManifest,
                         testing::ValuesIn(test::corpus_names("oci/manifest", ".json")),
                         [](const auto& row) { return row.param; });

class GoldenIndex : public testing::TestWithParam<std::string> {};

TEST_P(GoldenIndex, IsWrittenAsGoWritesIt) {
  const std::string path = "oci/index/" + GetParam();
  EXPECT_EQ(must(Index::parse(test::corpus(path + ".json"))).json(), test::corpus(path + ".golden"));
  EXPECT_EQ(must(Index::parse(test::corpus(path + ".golden"))).json(), test::corpus(path + ".golden"));
}

INSTANTIATE_TEST_SUITE_P(Corpus, GoldenIndex, testing::ValuesIn(test::corpus_names("oci/index", ".json")),
                         [](const auto& row) { return row.param; });

constexpr std::string_view kDescriptor =
    R"({"mediaType":"x","digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","size":2})";

std::string manifest_with(const std::string& members) {
  return R"({"schemaVersion":2,"config":)" + std::string(kDescriptor) + (members.empty() ? "" : ",") +
         members + "}";
}

TEST(Manifest, ReadsAllOfADescriptor) {
  const Manifest manifest = must(Manifest::parse(test::corpus("oci/manifest/docker.json")));
  EXPECT_EQ(manifest.media_type, media_type::kDockerManifest);
  EXPECT_EQ(manifest.config.size, 7023u);
  ASSERT_EQ(manifest.layers.size(), 2u);
  EXPECT_FALSE(manifest.layers[0].is_foreign_layer());
  EXPECT_TRUE(manifest.layers[1].is_foreign_layer());
  EXPECT_EQ(manifest.layers[1].urls, std::vector<std::string>{"https://example.com/a?b&c"});
}

TEST(Manifest, IsAnOciOneWithoutAMediaType) {
  EXPECT_EQ(must(Manifest::parse(manifest_with(""))).media_type, media_type::kOciManifest);
  EXPECT_EQ(must(Index::parse(R"({"schemaVersion":2,"manifests":[]})")).media_type, media_type::kOciIndex);
}

TEST(Manifest, SchemaOneIsUnsupportedByName) {
  EXPECT_THAT(Manifest::parse(R"({"schemaVersion":1,"name":"library/x","fsLayers":[]})"),
              FailsWith(ErrorKind::unsupported, "schema 1"));
}

TEST(Manifest, OtherDigestAlgorithmsAreUnsupported) {
  EXPECT_THAT(Manifest::parse(R"({"schemaVersion":2,"config":{"digest":"sha512:00","size":1}})"),
              FailsWith(ErrorKind::unsupported, "sha512"));
}

struct Malformed {
  std::string json;
  std::string message;
};

class MalformedManifest : public testing::TestWithParam<Malformed> {};

TEST_P(MalformedManifest, IsCorruptAndSaysWhere) {
  EXPECT_THAT(Manifest::parse(GetParam().json), FailsWith(ErrorKind::corrupt, GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    Hostile, MalformedManifest,
    testing::Values(
        Malformed{"", "image manifest: malformed JSON"},
        Malformed{"<html>", "image manifest: malformed JSON"},
        Malformed{"{}", "image manifest: schemaVersion: not 2"},
        Malformed{R"({"schemaVersion":"2"})", "schemaVersion: expected a number"},
        Malformed{R"({"schemaVersion":2})", "config: missing"},
        Malformed{R"({"schemaVersion":2,"config":null})", "config: missing"},
        Malformed{R"({"schemaVersion":2,"config":[]})", "config: expected an object"},
        Malformed{R"({"schemaVersion":2,"config":{}})", "config.digest: missing"},
        Malformed{R"({"schemaVersion":2,"config":{"digest":7}})", "config.digest: expected a string"},
        Malformed{R"({"schemaVersion":2,"config":{"digest":"sha256:../../etc/passwd"}})",
                  "config.digest: digest"},
        Malformed{manifest_with(R"("layers":{})"), "layers: expected an array"},
        Malformed{manifest_with(R"("layers":[null])"), "layers[0]: expected an object, found null"},
        Malformed{manifest_with(R"("layers":[)" + std::string(kDescriptor) + R"(,{"digest":"x"}])"),
                  "layers[1].digest"},
        Malformed{
            manifest_with(
                R"("layers":[{"digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","size":-1}])"),
            "layers[0].size: negative"},
        Malformed{
            manifest_with(
                R"("layers":[{"digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","size":1e3}])"),
            "layers[0].size: not an integer"},
        Malformed{
            manifest_with(
                R"("layers":[{"digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","size":18446744073709551615}])"),
            "layers[0].size: not an integer"},
        Malformed{
            manifest_with(
                R"("layers":[{"digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","urls":[1]}])"),
            "layers[0].urls[0]: expected a string"},
        Malformed{manifest_with(R"("subject":"x")"), "subject: expected an object"},
        Malformed{manifest_with(R"("annotations":{"a":1})"), "annotations.a: expected a string"},
        Malformed{manifest_with(R"("mediaType":"application/vnd.oci.image.index.v1+json")"),
                  "mediaType: unexpected"},
        // CVE-2021-41190: a document that is a manifest to one reader and an index to another.
        Malformed{manifest_with(R"("manifests":[])"), "manifests: does not belong"},
        Malformed{manifest_with(R"("fsLayers":[])"), "fsLayers: does not belong"}));

class MalformedIndex : public testing::TestWithParam<Malformed> {};

TEST_P(MalformedIndex, IsCorruptAndSaysWhere) {
  EXPECT_THAT(Index::parse(GetParam().json), FailsWith(ErrorKind::corrupt, GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    Hostile, MalformedIndex,
    testing::Values(
        Malformed{"[]", "image index: expected an object"},
        Malformed{R"({"schemaVersion":3})", "schemaVersion: not 2"},
        Malformed{R"({"schemaVersion":2,"manifests":[{"platform":{}}]})", "manifests[0].digest: missing"},
        Malformed{
            R"({"schemaVersion":2,"manifests":[{"digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","platform":{"os":1}}]})",
            "manifests[0].platform.os: expected a string"},
        Malformed{R"({"schemaVersion":2,"manifests":[],"layers":[]})", "layers: does not belong"},
        Malformed{R"({"schemaVersion":2,"manifests":[],"config":{}})", "config: does not belong"},
        Malformed{R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json"})",
                  "mediaType: unexpected"}));

}  // namespace
}  // namespace mbuild::oci
