// What moving blobs costs: a pull of 60 MB and a push of 300 MB against docker-registry on loopback, beside
// `skopeo copy` of the same image, and images of many layers. Run without arguments; needs docker-registry
// and skopeo. The registry's own work (Go's SHA-256, its disk) is part of every figure.
#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "registry/base/fd_stream.h"
#include "registry/oci/content_store.h"
#include "registry/remote/client.h"
#include "tests/support/registry_fixture.h"
#include "tests/support/result_matchers.h"
#include "tests/support/run_program.h"
#include "tests/support/test_image.h"

namespace mbuild {
namespace {

using test::must;

constexpr std::size_t kMegabyte = 1'000'000;
constexpr int kRuns = 3;

double median(const std::function<void(int run)>& work) {
  std::vector<double> seconds;
  for (int run = 0; run < kRuns; ++run) {
    auto start = std::chrono::steady_clock::now();
    work(run);
    seconds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  std::ranges::sort(seconds);
  return seconds[kRuns / 2];
}

void report(const std::string& name, double seconds, std::size_t megabytes = 0) {
  fmt::print("{:<44} {:>7.3f} s", name, seconds);
  if (megabytes > 0) fmt::print(" {:>8.0f} MB/s", static_cast<double>(megabytes) / seconds);
  fmt::print("\n");
  std::fflush(stdout);
}

void check(const test::ProgramResult& result) {
  if (result.code != 0) throw std::runtime_error(result.output);
}

// Blobs in a content store, as a build has them; never in memory as a whole.
class StoredImage {
 public:
  explicit StoredImage(const std::vector<std::size_t>& layer_sizes) {
    oci::ImageConfig config;
    config.platform = {"linux", "amd64", "", "", {}};
    for (std::size_t size : layer_sizes) {
      manifest.layers.push_back(add_random(size, oci::media_type::kOciLayerTar));
      config.diff_ids.push_back(manifest.layers.back().digest);
    }
    manifest.media_type = oci::media_type::kOciManifest;
    std::string json = config.json();
    manifest.config = {
        std::string(oci::media_type::kOciConfig), must(store_.put(json)), json.size(), {}, {}, {}, {}};
    image.manifest_json = manifest.json();
    image.media_type = manifest.media_type;
    image.blobs = manifest.layers;
    image.blobs.push_back(manifest.config);
  }
  remote::RegistryClient::BlobProvider provider() const {
    return {.open = [this](const oci::Descriptor& blob) -> Result<std::unique_ptr<ByteSource>> {
              return std::make_unique<FdSource>(std::move(*must(store_.open_blob(blob.digest))), "blob");
            },
            .mount_from = {},
            .cancel = {}};
  }

  oci::Manifest manifest;
  remote::RegistryClient::PushImage image;

 private:
  oci::Descriptor add_random(std::size_t size, std::string_view media_type) {
    auto writer = must(store_.create());
    for (std::size_t left = size; left > 0;) {
      std::string block = test::random_bytes(std::min(left, kMegabyte), seed_++);
      must(writer.write(bytes_of(block)));
      left -= block.size();
    }
    return {std::string(media_type), must(writer.commit()), size, {}, {}, {}, {}};
  }

  test::TempDir folder_;
  oci::ContentStore store_ = must(oci::ContentStore::open(folder_.str()));
  unsigned seed_ = 0;
};

class Bench {
 public:
  void run() {
    pull_one_layer();
    push_three_layers();
    for (std::size_t layers : {50, 500}) many_layers(layers);
  }

 private:
  oci::Reference reference(const test::LocalRegistry& registry, const std::string& name) {
    return must(oci::Reference::parse(registry.host() + "/" + name));
  }
  std::string next_folder() { return fmt::format("{}/{}", folder_.str(), ++folders_); }

  // Every layer in turn into a new content store.
  void pull(const oci::Reference& from, const oci::Manifest& manifest) {
    auto store = must(oci::ContentStore::open(next_folder()));
    std::vector<std::byte> buffer(256 << 10);
    for (const oci::Descriptor& layer : manifest.layers) {
      auto source = must(client_->open_blob(from, layer));
      auto writer = must(store.create());
      while (std::size_t count = must(source->read(buffer)))
        must(writer.write(std::span(buffer).first(count)));
      must(writer.commit(layer.digest));
    }
  }

  void pull_one_layer() {
    StoredImage small({60 * kMegabyte});
    oci::Reference name = reference(registry_, "small:1");
    must(client_->push(name, small.image, small.provider(), {}));
    std::vector<std::byte> buffer(256 << 10);
    report("pull 60 MB, verified, dropped", median([&](int) {
             auto source = must(client_->open_blob(name, small.manifest.layers[0]));
             while (must(source->read(buffer)) > 0) {
             }
           }),
           60);
    report("pull 60 MB into a content store", median([&](int) { pull(name, small.manifest); }), 60);
    report("skopeo copy of it into an OCI layout", median([&](int) {
             check(test::run_program({"skopeo", "copy", "--preserve-digests", "--src-tls-verify=false",
                                      "docker://" + name.name() + ":1", "oci:" + next_folder()}));
           }),
           60);
  }

  void push_three_layers() {
    StoredImage large({100 * kMegabyte, 100 * kMegabyte, 100 * kMegabyte});
    oci::Reference name = reference(registry_, "large:1");
    must(client_->push(name, large.image, large.provider(), {}));
    std::string layout = "oci:" + next_folder();
    check(test::run_program({"skopeo", "copy", "--preserve-digests", "--src-tls-verify=false",
                             "docker://" + name.name() + ":1", layout}));
    report("push 300 MB (3 layers)", median([&](int) {
             test::LocalRegistry empty;
             must(client_->push(reference(empty, "app:1"), large.image, large.provider(), {}));
           }),
           300);
    report("skopeo copy of it from an OCI layout", median([&](int) {
             test::LocalRegistry empty;
             check(test::run_program({"skopeo", "copy", "--preserve-digests", "--dest-tls-verify=false",
                                      layout, "docker://" + empty.host() + "/app:1"}));
           }),
           300);
  }

  void many_layers(std::size_t count) {
    StoredImage image(std::vector<std::size_t>(count, 10'000));
    oci::Reference name = reference(registry_, fmt::format("layers{}:1", count));
    auto start = std::chrono::steady_clock::now();
    must(client_->push(name, image.image, image.provider(), {}));
    auto middle = std::chrono::steady_clock::now();
    pull(name, image.manifest);
    auto end = std::chrono::steady_clock::now();
    report(fmt::format("push {} layers of 10 KB", count),
           std::chrono::duration<double>(middle - start).count());
    report(fmt::format("pull {} layers of 10 KB, one by one", count),
           std::chrono::duration<double>(end - middle).count());
  }

  test::TempDir folder_;
  int folders_ = 0;
  test::LocalRegistry registry_;
  std::unique_ptr<remote::RegistryClient> client_ = must(remote::RegistryClient::create({}));
};

}  // namespace
}  // namespace mbuild

int main() {
  try {
    mbuild::Bench().run();
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  fmt::print("{:<44} {:>7} MB\n", "largest resident size", usage.ru_maxrss / 1024);
}
