#include "builder/images.h"

#include <fmt/format.h>

#include <chrono>

#include "builder/build/assemble.h"
#include "builder/build/describe.h"
#include "builder/build/image_resolver.h"
#include "builder/build/outputs.h"
#include "builder/build/record_image.h"
#include "builder/build/rung.h"
#include "builder/build/session.h"
#include "builder/build/store_root.h"
#include "builder/exec/tree.h"
#include "builder/export/finish_image.h"
#include "builder/sandbox/sandbox.h"

namespace mbuild::builder {

namespace {

StoredImage stored_image(const ImageRecord& record) {
  StoredImage image;
  image.reference = record.name;
  auto reference = oci::Reference::parse(record.name);
  image.familiar = reference ? reference->familiar() : "<none>";
  image.image_id = record.id.str();
  image.platform = record.platform.str();
  for (const ImageRecord& other : record.others) image.platform += "," + other.platform.str();
  image.created = format_time(record.created);
  image.size_bytes = record.size;
  return image;
}

Result<Session> open_session(const TransferOptions& options) {
  return Session::open({options.store_root, options.registries, options.cancel});
}

Result<ImageRecord> find_record(const ImageStore& images, const std::string& name) {
  std::optional<ImageRecord> record = MBUILD_TRY(images.find(std::string_view(name)));
  if (record) return std::move(*record);
  return std::unexpected(Error(ErrorKind::not_found, fmt::format("image {}: not in the store", name))
                             .with_hint("`mbuild images` lists them"));
}

}  // namespace

Result<std::vector<StoredImage>> list_images(const std::string& store_root) {
  ImageStore images = MBUILD_TRY(ImageStore::open(store_root_of(store_root)));
  std::vector<StoredImage> list;
  for (const ImageRecord& record : MBUILD_TRY(images.list())) list.push_back(stored_image(record));
  return list;
}

Result<InspectedImage> inspect_image(const std::string& store_root, const std::string& name) {
  Session session = MBUILD_TRY(Session::open({store_root, {}, {}}));
  ImageRecord record = MBUILD_TRY(find_record(session.images, name));
  Image image = MBUILD_TRY_AS("inspect " + name, read_image(record, *session.layers));
  InspectedImage inspected{stored_image(record), image.config_json, {}};
  if (image.config.created) inspected.image.created = *image.config.created;
  inspected.layers = built_layers(image);
  return inspected;
}

Result<std::vector<std::string>> remove_image(const std::string& store_root, const std::string& name) {
  ImageStore images = MBUILD_TRY(ImageStore::open(store_root_of(store_root)));
  std::vector<std::string> removed;
  for (const ImageRecord& record : MBUILD_TRY(images.remove(name)))
    removed.push_back(record.name.empty() ? record.id.str() : record.name);
  return removed;
}

Result<ImageName> parse_image_name(const std::string& text) {
  oci::Reference reference = MBUILD_TRY(oci::Reference::parse(text));
  return ImageName{std::move(reference.registry), std::move(reference.repository), std::move(reference.tag)};
}

Result<std::string> push_image(const TransferOptions& options, const std::string& name,
                               const std::string& destination, BuildObserver* observer) {
  Session session = MBUILD_TRY(open_session(options));
  ImageRecord record = MBUILD_TRY(find_record(session.images, name));
  ExportInput input;
  input.images.push_back(MBUILD_TRY_AS("push " + name, read_image(record, *session.layers)));
  for (const ImageRecord& other : record.others)
    input.images.push_back(MBUILD_TRY_AS("push " + name, read_image(other, *session.layers)));
  input.names.push_back(MBUILD_TRY(oci::Reference::parse(destination.empty() ? record.name : destination)));
  ExportAttributes push =
      MBUILD_TRY(parse_export_attributes("image", {{"push", "true"}, {"store", "false"}}));
  EventSink events(observer);
  std::vector<ExportResult> results =
      MBUILD_TRY(run_outputs({push}, input, export_services(session, options.cancel), events, 0));
  return results.front().root ? results.front().root->digest.str() : std::string();
}

Result<StoredImage> pull_image(const TransferOptions& options, const std::string& name,
                               BuildObserver* observer) {
  Session session = MBUILD_TRY(open_session(options));
  oci::Platform platform = options.platform.empty()
                               ? oci::Platform::host()
                               : MBUILD_TRY_AS("--platform", oci::Platform::parse(options.platform));
  oci::Reference reference = MBUILD_TRY(oci::Reference::parse(name));
  EventSink events(observer);
  events.emit(StepAdded{{0, "pull " + reference.str(), "", std::nullopt, {}}});
  events.emit(StepStarted{0});
  auto begun = std::chrono::steady_clock::now();

  // Layers are kept in the form that builds of this process would want.
  const Rung rung = MBUILD_TRY(choose_rung(Isolation::automatic, probe_sandbox()));
  MBUILD_TRY(open_snapshotter("", rung, *session.layers));
  BuildImageResolver resolver(session.images, *session.layers, *session.registry, {.pull = true});
  ImageSourcePtr source = MBUILD_TRY(resolver.resolve(reference.str(), platform));
  LayerImports imports(options.cancel.flag().get());
  LayerChain chain = MBUILD_TRY(
      materialise(imports.tree_of(*source), *session.layers,
                  [&](const SourceLayer& layer, std::uint64_t done, std::uint64_t total) {
                    events.emit(StepProgress{0, layer.descriptor.digest.str().substr(0, 19), done, total});
                  }));
  ImageRecord record = MBUILD_TRY(record_image(*source, reference, chain, session));
  Resources resources;
  resources.wall = std::chrono::steady_clock::now() - begun;
  events.emit(StepFinished{0, StepOutcome::executed, resources, {}});
  return stored_image(record);
}

}  // namespace mbuild::builder
