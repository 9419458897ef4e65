#include "builder/export/archive_exporter.h"

#include <set>

#include "registry/base/json.h"
#include "registry/oci/manifest.h"
#include "tests/builder/export/export_fixture.h"
#include "tests/support/run_program.h"

namespace mbuild::builder {
namespace {

using test::FailsWith;
using test::must;
using test::run_program;
using test::Succeeds;

class ArchiveExporterTest : public ExportTest {
 protected:
  // The members of a tar, in order, with the contents of regular files.
  std::vector<std::pair<std::string, std::string>> members(const std::string& name) {
    auto source = std::make_unique<test::StringSource>(dir_.read(name));
    oci::ArchiveReader reader = must(oci::ArchiveReader::open(std::move(source), {}));
    std::vector<std::pair<std::string, std::string>> found;
    while (auto entry = must(reader.next())) {
      found.emplace_back(entry->path, "");
      while (auto block = must(reader.read())) {
        found.back().second.append(reinterpret_cast<const char*>(block->data.data()), block->data.size());
      }
    }
    return found;
  }
  std::map<std::string, std::string> files(const std::string& name) {
    const auto list = members(name);
    return {list.begin(), list.end()};
  }
  oci::Index index_of(const std::string& name) {
    return must(oci::Index::parse(files(name).at("index.json")));
  }
  std::string skopeo(const std::string& what) {
    const auto done = run_program({"skopeo", "inspect", what});
    EXPECT_EQ(done.code, 0) << done.output;
    return done.output;
  }
};

TEST_F(ArchiveExporterTest, OciHoldsALayoutWhoseBlobsAreWhatTheirNamesSay) {
  const Image image = make_image({base_, top_});
  const auto result =
      must(run("oci", {{"dest", path("out.tar")}}, input({image}, {"app:1", "localhost:5000/app"})));
  const auto found = files("out.tar");
  EXPECT_EQ(found.at("oci-layout"), R"({"imageLayoutVersion":"1.0.0"})");
  EXPECT_FALSE(found.contains("manifest.json"));
  for (const auto& [name, content] : found) {
    if (!name.starts_with("blobs/sha256/")) continue;
    EXPECT_EQ(name.substr(13), oci::Digest::of(content).hex());
  }

  const oci::Index index = index_of("out.tar");
  ASSERT_EQ(index.manifests.size(), 2u);
  EXPECT_EQ(index.manifests[0].annotations.at("io.containerd.image.name"), "docker.io/library/app:1");
  EXPECT_EQ(index.manifests[0].annotations.at("org.opencontainers.image.ref.name"), "1");
  EXPECT_EQ(index.manifests[0].annotations.at("org.opencontainers.image.created"), "2024-01-02T03:04:05Z");
  EXPECT_EQ(index.manifests[1].annotations.at("io.containerd.image.name"), "localhost:5000/app:latest");
  EXPECT_EQ(index.manifests[0].digest, result.root->digest);

  const auto manifest = must(oci::Manifest::parse(found.at("blobs/sha256/" + result.root->digest.hex())));
  EXPECT_EQ(manifest.media_type, oci::media_type::kOciManifest);
  EXPECT_EQ(manifest.config.digest, image.id);
  ASSERT_EQ(manifest.layers.size(), 2u);
  for (const oci::Descriptor& layer : manifest.layers) {
    EXPECT_EQ(layer.media_type, oci::media_type::kOciLayerGzip);
    EXPECT_EQ(found.at("blobs/sha256/" + layer.digest.hex()).size(), layer.size);
  }
  EXPECT_EQ(result.config, image.id);
  EXPECT_EQ(result.names, (std::vector<std::string>{"docker.io/library/app:1", "localhost:5000/app:latest"}));
}

TEST_F(ArchiveExporterTest, GivesTheSameBytesTwice) {
  const Image image = make_image({base_, top_});
  for (const char* type : {"oci", "docker"}) {
    must(run(type, {{"dest", path("one.tar")}}, input({image})));
    services_.threads = 1;
    must(run(type, {{"dest", path("two.tar")}}, input({image})));
    EXPECT_EQ(dir_.read("one.tar"), dir_.read("two.tar"));
  }
  EXPECT_EQ(layers_.compressions(), 2) << "each layer once for all exports";
}

TEST_F(ArchiveExporterTest, ALayerThatOccursTwiceIsOneBlob) {
  const Image image = make_image({top_, base_, top_});
  const auto result = must(run("oci", {{"dest", path("out.tar")}}, input({image})));
  std::set<std::string> names;
  for (const auto& [name, content] : members("out.tar")) EXPECT_TRUE(names.insert(name).second) << name;
  const auto manifest =
      must(oci::Manifest::parse(files("out.tar").at("blobs/sha256/" + result.root->digest.hex())));
  EXPECT_EQ(manifest.layers.size(), 3u);
}

TEST_F(ArchiveExporterTest, TakesCompressionsAndAnnotations) {
  const std::pair<const char*, std::string_view> types[] = {{"zstd", oci::media_type::kOciLayerZstd},
                                                            {"uncompressed", oci::media_type::kOciLayerTar}};
  for (const auto& [compression, media_type] : types) {
    const auto result = must(run("oci",
                                 {{"dest", path("out.tar")},
                                  {"compression", compression},
                                  {"annotation.a", "b"},
                                  {"annotation-manifest-descriptor.c", "d"}},
                                 input({make_image({base_})})));
    const auto manifest =
        must(oci::Manifest::parse(files("out.tar").at("blobs/sha256/" + result.root->digest.hex())));
    EXPECT_EQ(manifest.layers[0].media_type, media_type);
    EXPECT_EQ(manifest.annotations.at("a"), "b");
    EXPECT_EQ(index_of("out.tar").manifests[0].annotations.at("c"), "d");
  }
}

TEST_F(ArchiveExporterTest, APulledLayerStaysAsItCameUnlessForced) {
  const std::string bytes = "not even a tar";
  LayerBlob pulled;
  pulled.digest = must(layers_.blobs().put(bytes));
  pulled.size = bytes.size();
  pulled.compression = Compression::zstd;
  layers_.set_blob(*base_, pulled);
  const Image image = make_image({base_});
  must(run("oci", {{"dest", path("out.tar")}}, input({image})));
  EXPECT_TRUE(files("out.tar").contains("blobs/sha256/" + pulled.digest.hex()));
  must(run("oci", {{"dest", path("out.tar")}, {"force-compression", "true"}}, input({image})));
  EXPECT_FALSE(files("out.tar").contains("blobs/sha256/" + pulled.digest.hex()));
}

TEST_F(ArchiveExporterTest, SeveralPlatformsMakeAnIndexWhichDockerRefuses) {
  const ExportInput both = input({make_image({base_}), make_image({base_, top_}, "linux/arm64")});
  const auto result = must(run("oci", {{"dest", path("out.tar")}, {"annotation-index.a", "b"}}, both));
  EXPECT_TRUE(result.root->is_index());
  EXPECT_TRUE(result.config.empty());
  const auto index =
      must(oci::Index::parse(files("out.tar").at("blobs/sha256/" + result.root->digest.hex())));
  ASSERT_EQ(index.manifests.size(), 2u);
  EXPECT_EQ(index.manifests[1].platform->str(), "linux/arm64");
  EXPECT_EQ(index.annotations.at("a"), "b");
  EXPECT_THAT(run("docker", {{"dest", path("docker.tar")}}, both),
              FailsWith(ErrorKind::unsupported, "type=oci"));
  EXPECT_FALSE(std::filesystem::exists(path("docker.tar")));
  EXPECT_THAT(
      run("oci", {{"dest", path("x.tar")}, {"annotation-index.a", "b"}}, input({make_image({base_})})),
      FailsWith(ErrorKind::invalid_input, "has no index"));
}

TEST_F(ArchiveExporterTest, DockerHoldsAManifestJsonToo) {
  const Image image = make_image({base_, top_});
  must(run("docker", {{"dest", path("out.tar")}}, input({image}, {"app:1", "localhost:5000/app"})));
  const auto found = files("out.tar");
  const std::string& json = found.at("manifest.json");
  const auto list = must(JsonObject::parse("{\"list\":" + json + "}", "manifest.json"));
  const auto items = must(list.objects("list"));
  ASSERT_EQ(items.size(), 1u);
  EXPECT_EQ(must(items[0].texts("RepoTags")),
            (std::vector<std::string>{"app:1", "localhost:5000/app:latest"}));
  EXPECT_EQ(found.at(must(items[0].text("Config"))), image.config_json);
  const auto layers = must(items[0].texts("Layers"));
  for (const std::string& layer : *layers) EXPECT_TRUE(found.contains(layer));
  EXPECT_TRUE(found.contains("oci-layout"));
}

TEST_F(ArchiveExporterTest, ADirectoryKeepsItsOtherImages) {
  const std::map<std::string, std::string> attributes{{"dest", path("layout")}, {"tar", "false"}};
  must(run("oci", attributes, input({make_image({base_})}, {"app:1"})));
  must(run("oci", attributes, input({make_image({top_})}, {"app:2"})));
  must(run("oci", attributes, input({make_image({base_, top_})}, {"app:1"})));
  const auto index = must(oci::Index::parse(dir_.read("layout/index.json")));
  ASSERT_EQ(index.manifests.size(), 2u);
  EXPECT_EQ(index.manifests[0].annotations.at("org.opencontainers.image.ref.name"), "2");
  EXPECT_EQ(index.manifests[1].annotations.at("org.opencontainers.image.ref.name"), "1");
  for (const char* tag : {"1", "2"}) skopeo("oci:" + path("layout") + ":" + tag);
}

TEST_F(ArchiveExporterTest, ADirectoryWithANonsenseIndexIsLeftAlone) {
  dir_.write("layout/index.json", "{\"manifests\": 5}");
  EXPECT_THAT(run("oci", {{"dest", path("layout")}, {"tar", "false"}}, input({make_image({base_})})),
              FailsWith(ErrorKind::corrupt, "write the layout"));
  EXPECT_EQ(dir_.read("layout/index.json"), "{\"manifests\": 5}");
}

TEST_F(ArchiveExporterTest, AFailureLeavesNoFile) {
  const Image image = make_image({base_, top_});
  LayerBlob lost;
  lost.digest = oci::Digest::of("nowhere");
  lost.size = 7;
  layers_.set_blob(*top_, lost);
  EXPECT_THAT(run("oci", {{"dest", path("out.tar")}}, input({image})),
              FailsWith(ErrorKind::not_found, "not in the store"));
  EXPECT_TRUE(std::filesystem::is_empty(dir_.path()));
  const std::atomic<bool> cancel = true;
  services_.cancel = &cancel;
  EXPECT_THAT(run("oci", {{"dest", path("out.tar")}}, input({make_image({base_})})),
              FailsWith(ErrorKind::cancelled, ""));
  EXPECT_TRUE(std::filesystem::is_empty(dir_.path()));
}

TEST_F(ArchiveExporterTest, SkopeoAndUmociReadWhatIsWritten) {
  if (!test::has_program("skopeo") || !test::has_program("umoci")) GTEST_SKIP() << "needs skopeo and umoci";
  const Image image = make_image({base_, top_});
  for (const char* compression : {"gzip", "zstd", "uncompressed"}) {
    must(run("oci", {{"dest", path("oci.tar")}, {"compression", compression}}, input({image})));
    skopeo("oci-archive:" + path("oci.tar"));
  }
  must(run("docker", {{"dest", path("docker.tar")}}, input({image})));
  skopeo("docker-archive:" + path("docker.tar"));
  skopeo("docker-archive:" + path("docker.tar") + ":app:1");

  must(run("oci", {{"dest", path("layout")}, {"tar", "false"}}, input({image})));
  const auto unpacked =
      run_program({"umoci", "unpack", "--rootless", "--image", path("layout") + ":1", path("bundle")});
  ASSERT_EQ(unpacked.code, 0) << unpacked.output;
  EXPECT_EQ(dir_.read("bundle/rootfs/bin/sh"), "#!shell");
  EXPECT_EQ(dir_.read("bundle/rootfs/hello").size(), 100'005u);
}

}  // namespace
}  // namespace mbuild::builder
