#include "builder/export/daemon_load.h"

#include <set>

#include "builder/export/docker_engine.h"
#include "builder/export/layout_sink.h"
#include "builder/export/rewrite_times.h"
#include "registry/base/json_writer.h"

namespace mbuild::builder {

namespace {

std::string config_path(const Image& image) {
  return image.id.hex() + ".json";
}
std::string layer_path(const ImageLayer& layer) {
  return layer.diff_id.hex() + "/layer.tar";
}

std::string manifest_of(const Image& image, const std::vector<oci::Reference>& names) {
  JsonWriter json;
  json.begin_array().begin_object();
  json.key("Config").value(config_path(image));
  json.key("RepoTags").begin_array();
  for (const oci::Reference& name : names) json.value(name.familiar());
  json.end_array();
  json.key("Layers").begin_array();
  for (const ImageLayer& layer : image.layers) json.value(layer_path(layer));
  json.end_array().end_object().end_array();
  return json.take();
}

// The layers to send: those that are not at their place in some stack that the engine has.
std::vector<const ImageLayer*> missing_layers(const Image& image, const std::set<oci::Digest>& chains) {
  std::vector<const ImageLayer*> missing;
  std::set<oci::Digest> listed;
  oci::Digest chain;
  for (const ImageLayer& layer : image.layers) {
    chain = chain_id(chain, layer.diff_id);
    if (!chains.contains(chain) && listed.insert(layer.diff_id).second) missing.push_back(&layer);
  }
  return missing;
}

class DaemonExporter : public Exporter {
 public:
  DaemonExporter(const ExportAttributes& attributes, const ExportServices& services)
      : attributes_(attributes), services_(services) {}

  std::string title() const override { return "loading into the Docker Engine"; }

  Result<ExportResult> run(const ExportInput& given, const ExportProgress& progress) override {
    if (given.needs_index()) {
      return fail(ErrorKind::unsupported,
                  "the Docker Engine takes one platform's image, not an index or attestations");
    }
    const ExportInput input = MBUILD_TRY(rewrite_times(given, attributes_, services_));
    const auto& names = attributes_.names.empty() ? input.names : attributes_.names;
    MBUILD_CHECK(hand_over(input.images.front(), names, progress));
    ExportResult result;
    result.config = input.images.front().id;
    for (const oci::Reference& name : names) result.names.push_back(name.str());
    return result;
  }

 private:
  Result<void> hand_over(const Image& image, const std::vector<oci::Reference>& names,
                         const ExportProgress& progress) {
    DockerEngine engine(
        services_.docker_socket.empty() ? MBUILD_TRY(docker_socket()) : services_.docker_socket,
        services_.cancel);
    std::set<oci::Digest> chains;
    const Result<bool> in_containerd = engine.keeps_images_in_containerd();
    if (!in_containerd) {
      return std::unexpected(
          Error(in_containerd.error())
              .context("load into the Docker Engine")
              .with_hint("is it running? dest=FILE writes an archive for `docker load` instead"));
    }
    if (!*in_containerd) {
      if (MBUILD_TRY(engine.has_image(image.id))) return tag_all(engine, image, names);
      chains = MBUILD_TRY(engine.layer_chains());
    }
    const auto missing = missing_layers(image, chains);
    const Result<void> loaded = load(engine, image, names, missing, progress);
    // What the engine had may have been removed in the meantime.
    const bool partial = !chains.empty() && !loaded && loaded.error().kind() == ErrorKind::unavailable;
    return partial ? load(engine, image, names, missing_layers(image, {}), progress) : loaded;
  }

  static Result<void> tag_all(DockerEngine& engine, const Image& image,
                              const std::vector<oci::Reference>& names) {
    for (const oci::Reference& name : names) MBUILD_CHECK(engine.tag(image.id, name));
    return {};
  }

  Result<void> load(DockerEngine& engine, const Image& image, const std::vector<oci::Reference>& names,
                    const std::vector<const ImageLayer*>& layers, const ExportProgress& progress) const {
    std::uint64_t total = 0;
    std::uint64_t done = 0;
    for (const ImageLayer* layer : layers) total += layer->size;
    return engine.load([&](ByteSink& output) -> Result<void> {
      const auto sink = make_tar_sink(output);
      for (const ImageLayer* layer : layers) {
        if (progress) progress("sending layers", done, total);
        const auto write = [&](ByteSink& content) -> Result<void> {
          MBUILD_CHECK(services_.layers->write_tar(*layer->layer, content));
          return {};
        };
        MBUILD_CHECK(sink->file(layer_path(*layer), layer->size, write));
        done += layer->size;
      }
      MBUILD_CHECK(sink->file(config_path(image), image.config_json));
      MBUILD_CHECK(sink->file("manifest.json", manifest_of(image, names)));
      return sink->finish();
    });
  }

  ExportAttributes attributes_;
  ExportServices services_;
};

}  // namespace

std::unique_ptr<Exporter> make_daemon_exporter(const ExportAttributes& attributes,
                                               const ExportServices& services) {
  return std::make_unique<DaemonExporter>(attributes, services);
}

}  // namespace mbuild::builder
