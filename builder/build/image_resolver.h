// The ImageResolver of a build: images of the store, of OCI layouts, and of registries.
#pragma once

#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "builder/export/image_store.h"
#include "builder/plan/image_source.h"
#include "builder/snapshot/layer_store.h"
#include "registry/remote/client.h"

namespace mbuild::builder {

struct ImageResolverOptions {
  bool pull = false;  // ask the registry even when the store has an image of that name
};

// Thread-safe. Each name and platform is resolved once; others wait for the first.
class BuildImageResolver : public ImageResolver {
 public:
  // All borrowed.
  BuildImageResolver(const ImageStore& images, LayerStore& layers, remote::RegistryClient& registry,
                     ImageResolverOptions options)
      : images_(images), layers_(layers), registry_(registry), options_(options) {}

  Result<ImageSourcePtr> resolve(const std::string& name, const oci::Platform& platform) override;

 private:
  Result<ImageSourcePtr> resolve_now(const std::string& name, const oci::Platform& platform);
  Result<ImageSourcePtr> from_layout(const std::string& specification, const oci::Platform& platform);
  Result<ImageSourcePtr> from_store(const oci::Reference& reference, const oci::Platform& platform);
  Result<ImageSourcePtr> from_registry(const oci::Reference& reference, const oci::Platform& platform);

  const ImageStore& images_;
  LayerStore& layers_;
  remote::RegistryClient& registry_;
  ImageResolverOptions options_;
  std::mutex mutex_;
  std::map<std::string, std::shared_future<Result<ImageSourcePtr>>> resolved_;
};

}  // namespace mbuild::builder
