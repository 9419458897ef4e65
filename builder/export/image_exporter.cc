#include "builder/export/image_exporter.h"

#include <ctime>

#include "builder/export/pack.h"
#include "builder/export/push.h"
#include "builder/export/rewrite_times.h"

namespace mbuild::builder {

namespace {

ImageRecord record_of(const Image& image, const ExportAttributes& attributes) {
  ImageRecord record;
  record.id = image.id;
  for (const ImageLayer& layer : image.layers) {
    record.layers.push_back(layer.layer->id);
    record.size += layer.size;
  }
  record.platform = image.config.platform;
  record.created = std::time(nullptr);
  record.annotations =
      select_annotations(attributes.annotations, AnnotationScope::manifest, &image.config.platform);
  record.annotations.insert(image.annotations.begin(), image.annotations.end());
  return record;
}

class ImageExporter : public Exporter {
 public:
  ImageExporter(const ExportAttributes& attributes, const ExportServices& services)
      : attributes_(attributes), services_(services) {}

  std::string title() const override { return attributes_.push ? "pushing the image" : "exporting to image"; }
  std::optional<CompressionOptions> wanted_compression() const override {
    return attributes_.push ? std::optional(attributes_.compression) : std::nullopt;
  }

  Result<ExportResult> run(const ExportInput& given, const ExportProgress& progress) override {
    const ExportInput input = MBUILD_TRY(rewrite_times(given, attributes_, services_));
    const auto& names = attributes_.names.empty() ? input.names : attributes_.names;
    ExportResult result;
    if (!input.needs_index()) result.config = input.images.front().id;
    if (attributes_.push) {
      MBUILD_CHECK(push(input, names, progress, result));
    } else {
      for (const oci::Reference& name : names) result.names.push_back(name.str());
    }
    // Names last: they never point at what could not be pushed.
    if (attributes_.store) MBUILD_CHECK(store(input, names));
    return result;
  }

 private:
  Result<void> push(const ExportInput& input, const std::vector<oci::Reference>& names,
                    const ExportProgress& progress, ExportResult& result) const {
    if (names.empty())
      return fail(ErrorKind::invalid_input, "push the image: it has no name; give it one with -t");
    const PackedResult packed = MBUILD_TRY(pack(input, attributes_, names, services_, progress));
    result.root = packed.root;
    for (oci::Reference name : names) {
      if (attributes_.push_by_digest) {
        name.tag.clear();
        name.digest = packed.root.digest;
      }
      MBUILD_CHECK(push_packed(packed, name, services_, progress));
      result.names.push_back(name.str());
      if (attributes_.name_canonical && !attributes_.push_by_digest) {
        result.names.push_back(name.name() + "@" + packed.root.digest.str());
      }
    }
    return {};
  }

  Result<void> store(const ExportInput& input, const std::vector<oci::Reference>& names) const {
    if (services_.images == nullptr)
      return fail(ErrorKind::internal, "name the image: there is no image store");
    for (const Image& image : input.images) MBUILD_CHECK(services_.layers->blobs().put(image.config_json));
    ImageRecord record = record_of(input.images.front(), attributes_);
    for (std::size_t i = 1; i < input.images.size(); ++i)
      record.others.push_back(record_of(input.images[i], attributes_));
    if (names.empty() || attributes_.push_by_digest) return services_.images->put(record);
    for (const oci::Reference& name : names) {
      record.name = name.str();
      MBUILD_CHECK(services_.images->put(record));
    }
    return {};
  }

  ExportAttributes attributes_;
  ExportServices services_;
};

}  // namespace

std::unique_ptr<Exporter> make_image_exporter(const ExportAttributes& attributes,
                                              const ExportServices& services) {
  return std::make_unique<ImageExporter>(attributes, services);
}

}  // namespace mbuild::builder
