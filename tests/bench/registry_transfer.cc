// What moving blobs costs: a pull of 60 MB and a push of 300 MB against docker-registry on loopback, beside
// `skopeo copy` of the same image. Run without arguments; needs docker-registry and skopeo.
#include <fmt/format.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdio>

#include "registry/oci/content_store.h"
#include "registry/remote/client.h"
#include "tests/support/registry_fixture.h"
#include "tests/support/result_matchers.h"
#include "tests/support/run_program.h"
#include "tests/support/test_image.h"

namespace mbuild {
namespace {

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

void report(const char* name, std::size_t megabytes, double seconds) {
  fmt::print("{:<44} {:>7.3f} s {:>8.0f} MB/s\n", name, seconds, static_cast<double>(megabytes) / seconds);
  std::fflush(stdout);
}

void check(const test::ProgramResult& result) {
  if (result.code != 0) throw std::runtime_error(result.output);
}

// Blobs in a content store, as a build has them.
struct StoredImage {
  test::TempDir folder;
  oci::ContentStore store = test::must(oci::ContentStore::open(folder.str()));
  remote::RegistryClient::PushImage image;
  oci::Manifest manifest;

  explicit StoredImage(const std::vector<std::size_t>& layer_sizes) {
    std::vector<std::string> layers;
    for (std::size_t size : layer_sizes) layers.push_back(test::random_bytes(size, unsigned(layers.size())));
    test::TestImage made(layers);
    for (const auto& [digest, content] : made.contents) test::must(store.put(content));
    image = made.image;
    manifest = made.manifest;
  }
  remote::RegistryClient::BlobProvider provider() const {
    return {.open = [this](const oci::Descriptor& blob) -> Result<std::unique_ptr<ByteSource>> {
              return std::make_unique<FileSource>(std::move(*test::must(store.open_blob(blob.digest))));
            },
            .mount_from = {}};
  }

  class FileSource : public ByteSource {
   public:
    explicit FileSource(Fd fd) : fd_(std::move(fd)) {}
    Result<std::size_t> read(std::span<std::byte> buffer) override {
      ssize_t count = ::read(fd_.get(), buffer.data(), buffer.size());
      if (count < 0) return fail_errno(errno, "read");
      return static_cast<std::size_t>(count);
    }

   private:
    Fd fd_;
  };
};

void pull_into(remote::RegistryClient& client, const oci::Reference& reference, const oci::Manifest& manifest,
               const std::string& folder) {
  auto store = test::must(oci::ContentStore::open(folder));
  std::vector<std::byte> buffer(256 << 10);
  for (const oci::Descriptor& layer : manifest.layers) {
    auto source = test::must(client.open_blob(reference, layer));
    auto writer = test::must(store.create());
    while (std::size_t count = test::must(source->read(buffer)))
      test::must(writer.write(std::span(buffer).first(count)));
    test::must(writer.commit(layer.digest));
  }
}

void run() {
  test::LocalRegistry registry;
  auto client = test::must(remote::RegistryClient::create({}));
  auto reference = [&](const std::string& name) {
    return test::must(oci::Reference::parse(registry.host() + "/" + name));
  };
  std::string docker = "docker://" + registry.host() + "/";
  test::TempDir folder;

  StoredImage small({60 * kMegabyte});
  test::must(client->push(reference("small:1"), small.image, small.provider(), {}));
  std::vector<std::byte> buffer(256 << 10);
  report("pull 60 MB, verified, dropped", 60, median([&](int) {
           auto source = test::must(client->open_blob(reference("small:1"), small.manifest.layers[0]));
           while (test::must(source->read(buffer)) > 0) {
           }
         }));
  report("pull 60 MB into a content store", 60, median([&](int run) {
           pull_into(*client, reference("small:1"), small.manifest,
                     folder.str() + "/ours" + std::to_string(run));
         }));
  report("skopeo copy of it into an OCI layout", 60, median([&](int run) {
           check(test::run_program({"skopeo", "copy", "--src-tls-verify=false", docker + "small:1",
                                    fmt::format("oci:{}/theirs{}", folder.str(), run)}));
         }));

  StoredImage large({100 * kMegabyte, 100 * kMegabyte, 100 * kMegabyte});
  report("push 300 MB (3 layers)", 300, median([&](int run) {
           auto fresh = test::must(remote::RegistryClient::create({}));
           auto name = fmt::format("ours{}:1", run);
           test::LocalRegistry empty;
           auto target = test::must(oci::Reference::parse(empty.host() + "/" + name));
           test::must(fresh->push(target, large.image, large.provider(), {}));
         }));
  test::must(client->push(reference("large:1"), large.image, large.provider(), {}));
  check(test::run_program(
      {"skopeo", "copy", "--src-tls-verify=false", docker + "large:1", "oci:" + folder.str() + "/large"}));
  report("skopeo copy of it from an OCI layout", 300, median([&](int) {
           test::LocalRegistry empty;
           check(test::run_program({"skopeo", "copy", "--dest-tls-verify=false",
                                    "oci:" + folder.str() + "/large",
                                    "docker://" + empty.host() + "/theirs:1"}));
         }));
}

}  // namespace
}  // namespace mbuild

int main() {
  try {
    mbuild::run();
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  fmt::print("{:<44} {:>7} MB (with the test's own 360 MB of input)\n", "largest resident size",
             usage.ru_maxrss / 1024);
}
