#include "builder/build/image_resolver.h"

#include <fmt/format.h>

#include "registry/oci/image_config.h"
#include "registry/oci/layout.h"

namespace mbuild::builder {

namespace {

constexpr std::string_view kLayout = "oci-layout://";
constexpr std::string_view kDockerImage = "docker-image://";

using LayerOpener = std::function<Result<std::unique_ptr<ByteSource>>(const oci::Descriptor&)>;

// A manifest and its config as a source; both are untrusted and must agree on the layers.
Result<ImageSourcePtr> make_source(std::string name, const oci::Descriptor& descriptor,
                                   const oci::Manifest& manifest, std::string_view config_json,
                                   const LayerOpener& open) {
  auto source = std::make_shared<ImageSource>();
  source->name = std::move(name);
  source->digest = descriptor.digest;
  source->config_json = config_json;
  source->config = MBUILD_TRY_AS("config of " + source->name, oci::ImageConfig::parse(config_json));
  if (source->config.diff_ids.size() != manifest.layers.size())
    return fail(ErrorKind::corrupt, fmt::format("{}: the manifest has {} layers, the config {}", source->name,
                                                manifest.layers.size(), source->config.diff_ids.size()));
  for (std::size_t i = 0; i < manifest.layers.size(); ++i) {
    const oci::Descriptor& layer = manifest.layers[i];
    if (layer.is_foreign_layer())
      return fail(ErrorKind::unsupported,
                  fmt::format("{}: layer {} is not distributable (it must be fetched from elsewhere)",
                              source->name, layer.digest.str()));
    source->layers.push_back({source->config.diff_ids[i], layer, "", [open, layer] { return open(layer); }});
  }
  return source;
}

}  // namespace

Result<ImageSourcePtr> BuildImageResolver::resolve(const std::string& name, const oci::Platform& platform) {
  std::promise<Result<ImageSourcePtr>> promise;
  std::shared_future<Result<ImageSourcePtr>> future;
  bool first = false;
  {
    std::lock_guard lock(mutex_);
    auto [entry, is_new] = resolved_.try_emplace(name + " " + platform.str());
    if (is_new) entry->second = promise.get_future().share();
    future = entry->second;
    first = is_new;
  }
  if (first) promise.set_value(resolve_now(name, platform));
  return future.get();
}

Result<ImageSourcePtr> BuildImageResolver::resolve_now(const std::string& name,
                                                       const oci::Platform& platform) {
  if (name.starts_with(kLayout)) return from_layout(name.substr(kLayout.size()), platform);
  std::string text = name.starts_with(kDockerImage) ? name.substr(kDockerImage.size()) : name;
  oci::Reference reference = MBUILD_TRY(oci::Reference::parse(text));
  if (!options_.pull)
    if (ImageSourcePtr stored = MBUILD_TRY(from_store(reference, platform))) return stored;
  return from_registry(reference, platform);
}

Result<ImageSourcePtr> BuildImageResolver::from_store(const oci::Reference& reference,
                                                      const oci::Platform& platform) {
  std::optional<ImageRecord> named = images_.find(reference);
  if (!named) return ImageSourcePtr();
  std::vector<oci::Platform> platforms{named->platform};
  for (const ImageRecord& other : named->others) platforms.push_back(other.platform);
  const int best = oci::best_match(platform, platforms);
  if (best < 0) return ImageSourcePtr();
  const ImageRecord* record = best == 0 ? &*named : &named->others[static_cast<std::size_t>(best) - 1];
  std::optional<std::string> config = MBUILD_TRY(layers_.blobs().read(record->id));
  if (!config) return ImageSourcePtr();  // pruned
  auto source = std::make_shared<ImageSource>();
  source->name = reference.str();
  source->digest = record->id;
  source->config = MBUILD_TRY_AS("config of " + source->name, oci::ImageConfig::parse(*config));
  source->config_json = std::move(*config);
  if (source->config.diff_ids.size() != record->layers.size()) return ImageSourcePtr();
  for (std::size_t i = 0; i < record->layers.size(); ++i) {
    if (!layers_.find(record->layers[i])) return ImageSourcePtr();
    source->layers.push_back({source->config.diff_ids[i], {}, record->layers[i], nullptr});
  }
  return source;
}

Result<ImageSourcePtr> BuildImageResolver::from_registry(const oci::Reference& reference,
                                                         const oci::Platform& platform) {
  remote::ResolvedImage image =
      MBUILD_TRY_AS("resolve " + reference.str(), registry_.resolve(reference, platform));
  return make_source(
      reference.str(), image.manifest_descriptor, image.manifest, image.config_json,
      [this, reference](const oci::Descriptor& layer) { return registry_.open_blob(reference, layer); });
}

Result<ImageSourcePtr> BuildImageResolver::from_layout(const std::string& specification,
                                                       const oci::Platform& platform) {
  std::shared_ptr<oci::LayoutReader> layout = MBUILD_TRY(oci::LayoutReader::open(specification));
  oci::LayoutImage image = MBUILD_TRY(layout->image(platform));
  return make_source(std::string(kLayout) + specification, image.descriptor, image.manifest,
                     image.config_json,
                     [layout](const oci::Descriptor& layer) { return layout->open_blob(layer); });
}

}  // namespace mbuild::builder
