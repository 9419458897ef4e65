#include "builder/build.h"

#include <algorithm>
#include <charconv>
#include <thread>

#include "builder/build/assemble.h"
#include "builder/build/dockerfile_input.h"
#include "builder/build/execute.h"
#include "builder/build/image_resolver.h"
#include "builder/build/lint_build.h"
#include "builder/build/load_context.h"
#include "builder/build/outputs.h"
#include "builder/build/prefetch.h"
#include "builder/build/request_options.h"
#include "builder/build/rung.h"
#include "builder/build/session.h"
#include "builder/build/source_services.h"
#include "builder/export/finish_image.h"
#include "builder/export/metadata.h"
#include "builder/plan/lower.h"
#include "registry/base/timestamp.h"

namespace mbuild::builder {

namespace {

// --build-arg SOURCE_DATE_EPOCH, else the default of a global ARG of that name; empty: none.
Result<std::optional<std::int64_t>> source_date_epoch(const BuildRequest& request,
                                                      const parser::StageGraph& graph) {
  std::string text;
  if (auto global = graph.global_values.find("SOURCE_DATE_EPOCH"); global != graph.global_values.end())
    text = global->second;
  for (const auto& [name, value] : request.build_args)
    if (name == "SOURCE_DATE_EPOCH") text = value;
  if (text.empty()) return std::nullopt;
  std::int64_t seconds = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  constexpr std::int64_t kLast = 253'402'300'799;  // 9999-12-31T23:59:59Z: RFC 3339 has no later year
  if (error != std::errc() || end != text.data() + text.size() || seconds < 0 || seconds > kLast)
    return fail(ErrorKind::invalid_input,
                "invalid SOURCE_DATE_EPOCH \"" + text + "\": give whole seconds since 1970, up to year 9999");
  return seconds;
}

Result<std::vector<oci::Reference>> parse_tags(const std::vector<std::string>& tags) {
  std::vector<oci::Reference> references;
  for (const std::string& tag : tags)
    references.push_back(MBUILD_TRY_AS("--tag " + tag, oci::Reference::parse(tag)));
  return references;
}

struct Prepared {
  parser::ParseResult parsed;
  parser::StageResult stages;
  std::vector<oci::Reference> tags;
  std::vector<ExportAttributes> outputs;
  std::optional<std::int64_t> epoch;
};

// Everything that can be wrong with the request itself is found before any image is fetched or step is run.
Result<Prepared> prepare(const BuildRequest& request, parser::Source dockerfile, const LowerOptions& options,
                         const std::function<void(Notice)>& notice) {
  Prepared prepared{parser::parse(std::move(dockerfile)), {}, {}, {}, {}};
  const parser::Source& source = prepared.parsed.dockerfile.source;
  MBUILD_CHECK(check_diagnostics(prepared.parsed.diagnostics, source, "dockerfile parse error", notice));
  prepared.stages = parser::resolve_stages(prepared.parsed.dockerfile, options.stages);
  MBUILD_CHECK(check_diagnostics(prepared.stages.diagnostics, source, "dockerfile error", notice));
  prepared.tags = MBUILD_TRY(parse_tags(request.tags));
  prepared.epoch = MBUILD_TRY(source_date_epoch(request, prepared.stages.graph));
  prepared.outputs = MBUILD_TRY(plan_outputs(request, prepared.epoch.has_value()));
  return prepared;
}

// What the request says, and the outputs with registry.insecure besides.
Result<RegistryAccess> registry_access(const BuildRequest& request) {
  RegistryAccess access = request.registries;
  const std::vector<oci::Reference> tags = MBUILD_TRY(parse_tags(request.tags));
  for (const ExportAttributes& output : MBUILD_TRY(plan_outputs(request, false))) {
    if (!output.insecure) continue;
    for (const oci::Reference& name : output.names.empty() ? tags : output.names)
      access.insecure.push_back(name.registry);
  }
  return access;
}

// The executed tree as an image whose layers are all in the store.
Result<ImageDraft> draft_image(const Plan& plan, const Tree& tree, const BuildRequest& request,
                               const std::optional<std::int64_t>& epoch, LayerStore& layers) {
  ImageDraft draft;
  std::vector<std::int64_t> created;
  LayerChain chain = MBUILD_TRY(materialise(tree, layers, nullptr));
  for (std::size_t i = 0; i < chain.size(); ++i) {
    draft.layers.push_back({chain[i], tree.layers[i].created == 0});
    created.push_back(tree.layers[i].created);
  }
  AssembleOptions options;
  options.labels = request.labels;
  options.source_date_epoch = epoch;
  options.now = Timestamp::now().seconds;
  draft.config = assemble(plan, created, options);
  return draft;
}

BuiltImage describe(const Image& image, const std::vector<ExportResult>& results, const ExportInput& input) {
  BuiltImage built;
  built.image_id = image.id.str();
  built.config_json = image.config_json;
  for (const ExportResult& result : results) {
    if (!result.config.empty()) built.image_id = result.config.str();
    if (result.root) built.manifest_digest = result.root->digest.str();
  }
  for (const oci::Reference& name : input.names) built.tags.push_back(name.familiar());
  std::size_t layer = 0;
  for (const oci::HistoryEntry& entry : image.config.history) {
    if (entry.empty_layer || layer == image.layers.size()) continue;
    const ImageLayer& made = image.layers[layer++];
    built.layers.push_back({made.diff_id.str(), made.size, entry.created_by});
    built.size_bytes += made.size;
  }
  built.metadata_json = metadata_json(results);
  return built;
}

}  // namespace

Result<BuiltImage> build(const BuildRequest& request, BuildObserver* observer) {
  EventSink events(observer);
  auto notice = [&events](Notice text) { events.emit(std::move(text)); };
  LowerOptions options = MBUILD_TRY(lower_options(request));
  Session session =
      MBUILD_TRY(Session::open({request.store_root, MBUILD_TRY(registry_access(request)), request.cancel}));
  std::unique_ptr<SourceServices> sources = MBUILD_TRY(SourceServices::open(session, request));
  LoadedContext context = MBUILD_TRY(load_context(request, sources->fetcher()));
  options.context_dir = context.location;
  Prepared prepared = MBUILD_TRY(prepare(request, std::move(context.dockerfile), options, notice));

  BuildImageResolver images(session.images, *session.layers, *session.registry, {request.pull});
  ImagePrefetch prefetch(prepared.stages.graph, options, images);
  MBUILD_CHECK(
      lint_build(request, prepared.parsed.dockerfile, prepared.stages.graph, options, images, notice));
  Plan plan = MBUILD_TRY(lower(prepared.parsed.dockerfile, prepared.stages.graph, options, images, notice));
  Tree tree = MBUILD_TRY(execute_plan(plan, session, sources->fetcher(), context.context, request, events));

  unsigned threads = std::max(1u, std::thread::hardware_concurrency());
  Rung rung = MBUILD_TRY(choose_rung(request.isolation, probe_sandbox()));
  std::unique_ptr<Snapshotter> snapshots =
      MBUILD_TRY(make_snapshotter(snapshotter_of(rung), *session.layers));
  ExportServices services;
  services.layers = session.layers.get();
  services.images = &session.images;
  services.snapshotter = snapshots.get();
  services.registry = session.registry.get();
  services.output_fd = request.output_fd;
  services.threads = threads;
  services.cancel = request.cancel.flag().get();
  ImageDraft draft = MBUILD_TRY(draft_image(plan, tree, request, prepared.epoch, *session.layers));
  ExportInput input;
  input.images.push_back(MBUILD_TRY(finish_image(
      std::move(draft), wanted_compression(prepared.outputs, services), *session.layers, threads)));
  input.names = prepared.tags;
  input.source_date_epoch = prepared.epoch;
  std::vector<ExportResult> results =
      MBUILD_TRY(run_outputs(prepared.outputs, input, services, events, plan.ops.size()));
  return describe(input.images.front(), results, input);
}

}  // namespace mbuild::builder
