// TestImage: an image of random layers, in memory, for tests that move images about.
#pragma once

#include <map>
#include <random>
#include <string>
#include <vector>

#include "registry/oci/image_config.h"
#include "registry/oci/manifest.h"
#include "registry/remote/client.h"
#include "tests/support/string_source.h"

namespace mbuild::test {

// Bytes that do not compress; the same for the same seed.
inline std::string random_bytes(std::size_t size, unsigned seed) {
  std::mt19937_64 engine(seed);
  std::string text(size + 8, '\0');
  for (std::size_t i = 0; i < size; i += 8) {
    std::uint64_t value = engine();
    std::memcpy(text.data() + i, &value, 8);
  }
  text.resize(size);
  return text;
}

struct TestImage {
  std::map<oci::Digest, std::string> contents;
  remote::RegistryClient::PushImage image;
  oci::Manifest manifest;

  // The layers are no archives: to a registry they are bytes.
  explicit TestImage(const std::vector<std::string>& layers, bool docker = false,
                     const oci::Platform& platform = {"linux", "amd64", "", "", {}}) {
    oci::ImageConfig config;
    config.platform = platform;
    for (const std::string& layer : layers) {
      config.diff_ids.push_back(oci::Digest::of(layer));
      manifest.layers.push_back(add(layer, oci::layer_media_type(Compression::none, docker)));
    }
    manifest.media_type = docker ? oci::media_type::kDockerManifest : oci::media_type::kOciManifest;
    manifest.config =
        add(config.json(), docker ? oci::media_type::kDockerConfig : oci::media_type::kOciConfig);
    image.manifest_json = manifest.json();
    image.media_type = manifest.media_type;
    image.blobs = manifest.layers;
    image.blobs.push_back(manifest.config);
  }

  oci::Digest digest() const { return oci::Digest::of(image.manifest_json); }
  oci::Descriptor descriptor() const {
    oci::Descriptor result;
    result.media_type = image.media_type;
    result.digest = digest();
    result.size = image.manifest_json.size();
    return result;
  }
  remote::RegistryClient::BlobProvider provider() const {
    return {.open = [this](const oci::Descriptor& blob) -> Result<std::unique_ptr<ByteSource>> {
              return std::make_unique<StringSource>(contents.at(blob.digest));
            },
            .mount_from = {},
            .cancel = {}};
  }

 private:
  oci::Descriptor add(const std::string& content, std::string_view media_type) {
    oci::Descriptor descriptor;
    descriptor.media_type = media_type;
    descriptor.digest = oci::Digest::of(content);
    descriptor.size = content.size();
    contents[descriptor.digest] = content;
    return descriptor;
  }
};

// Everything a source gives.
inline Result<std::string> read_all(ByteSource& source) {
  std::string text;
  std::vector<std::byte> buffer(64 << 10);
  for (;;) {
    std::size_t count = MBUILD_TRY(source.read(buffer));
    if (count == 0) return text;
    text.append(reinterpret_cast<const char*>(buffer.data()), count);
  }
}

}  // namespace mbuild::test
