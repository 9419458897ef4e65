#include "builder/build.h"

#include <list>

#include "builder/build/apply_quota.h"
#include "builder/build/attest.h"
#include "builder/build/build_recorder.h"
#include "builder/build/caches.h"
#include "builder/build/describe.h"
#include "builder/build/draft.h"
#include "builder/build/early_push.h"
#include "builder/build/execute.h"
#include "builder/build/image_resolver.h"
#include "builder/build/lint_build.h"
#include "builder/build/load_context.h"
#include "builder/build/outputs.h"
#include "builder/build/prefetch.h"
#include "builder/build/prepare.h"
#include "builder/build/session.h"
#include "builder/build/source_services.h"
#include "builder/build/ssh_agents.h"
#include "builder/build/step_reports.h"
#include "builder/build/store_root.h"
#include "builder/exec/disk_room.h"
#include "builder/sandbox/step_cgroup.h"
#include "builder/snapshot/layer_folders.h"

namespace mbuild::builder {

namespace {

// An index is asked for by several platforms, or by BuildKit's own argument.
bool wants_index(const BuildRequest& request) {
  for (const auto& [name, value] : request.build_args)
    if (name == "BUILDKIT_MULTI_PLATFORM" && (value == "1" || value == "true")) return true;
  return false;
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
  for (const std::vector<CacheLocation>* caches : {&request.cache_to, &request.cache_from}) {
    for (const CacheLocation& cache : *caches) {
      const auto insecure = cache.attributes.find("registry.insecure");
      const auto name = cache.attributes.find("ref");
      if (insecure == cache.attributes.end() || insecure->second != "true" || name == cache.attributes.end())
        continue;
      access.insecure.push_back(MBUILD_TRY_AS("ref", oci::Reference::parse(name->second)).registry);
    }
  }
  return access;
}

Result<void> check_pushes(const PreparedBuild& prepared, remote::RegistryClient& registry) {
  for (const ExportAttributes& output : prepared.outputs) {
    if (!output.push) continue;
    for (const oci::Reference& name : output.names.empty() ? prepared.tags : output.names)
      MBUILD_CHECK(registry.check_push(name));
  }
  return {};
}

// What a squashed image is made of is known when all steps have run.
std::vector<ExportAttributes> early_outputs(const BuildRequest& request, const PreparedBuild& prepared) {
  return request.squash ? std::vector<ExportAttributes>() : prepared.outputs;
}

Result<ExportInput> finish_images(const Plan& plan, const std::vector<Tree>& trees,
                                  const PreparedBuild& prepared, const BuildRequest& request,
                                  const ExportServices& services) {
  ExportInput input;
  const auto compression = wanted_compression(prepared.outputs, services);
  for (std::size_t i = 0; i < trees.size(); ++i) {
    ImageDraft draft = MBUILD_TRY(draft_image(plan.images[i], trees[i], request, prepared.epoch,
                                              *services.layers, *services.snapshotter));
    input.images.push_back(
        MBUILD_TRY(finish_image(std::move(draft), compression, *services.layers, services.threads)));
  }
  input.index = wants_index(request) || input.images.size() > 1;
  input.names = prepared.tags;
  input.source_date_epoch = prepared.epoch;
  return input;
}

Result<BuiltImage> run_build(const BuildRequest& request, BuildObserver* observer) {
  StepReports reports(observer);
  BuildRecorder recorder(&reports);
  EventSink events(&recorder);
  auto notice = [&events](Notice text) { events.emit(std::move(text)); };
  const Timestamp started = Timestamp::now();
  MBUILD_CHECK(check_limits(request.limits));
  Session session =
      MBUILD_TRY(Session::open({request.store_root, MBUILD_TRY(registry_access(request)), request.cancel}));
  const std::unique_ptr<BuildCaches> caches = MBUILD_TRY(BuildCaches::open(request, session, events));
  const SshAgents agents = MBUILD_TRY(SshAgents::start(request, session.layers->folders().work()));
  std::unique_ptr<SourceServices> sources = MBUILD_TRY(SourceServices::open(session, request, agents));
  LoadedContext context = MBUILD_TRY(load_context(request, sources->fetcher()));
  PreparedBuild prepared = MBUILD_TRY(prepare(request, std::move(context.dockerfile), context.location,
                                              {context.context.files.get(), sources->fetcher()}, notice));
  if (request.check_push) MBUILD_CHECK(check_pushes(prepared, *session.registry));
  BuildImageResolver images(session.images, *session.layers, *session.registry, {request.pull});
  std::list<ImagePrefetch> prefetch;
  for (const auto& [graph, options] : prepared.targets) prefetch.emplace_back(graph, options, images);
  const LowerTarget& first = prepared.targets.front();  // its warnings are those of all
  MBUILD_CHECK(lint_build(request, prepared.dockerfile, first.graph, first.options, images, notice));
  Plan plan = MBUILD_TRY(lower_platforms(prepared.dockerfile, prepared.targets, images, notice));
  BuildMachine machine = MBUILD_TRY(BuildMachine::open(session, request.isolation, request.snapshotter));
  ExportServices services = export_services(session, request.cancel);
  services.snapshotter = machine.snapshots.get();
  services.output_fd = request.output_fd;
  EarlyPush early_push(early_outputs(request, prepared), prepared.tags, prepared.epoch, services,
                       request.registries.parallel);
  const Execution execution{request,         session, machine, sources->fetcher(),
                            context.context, agents,  *caches, early_push,
                            events,          recorder};
  const auto make_images = [&]() -> Result<ExportInput> {
    Result<std::vector<Tree>> ran = execute_plan(plan, execution);
    recorder.store(session.store_root, request, prepared.dockerfile.source);
    if (!ran) return std::unexpected(std::move(ran).error());
    const std::vector<Tree>& trees = *ran;
    ExportInput input = MBUILD_TRY(finish_images(plan, trees, prepared, request, services));
    for (std::size_t i = 0; i < trees.size(); ++i)
      MBUILD_CHECK(caches->annotate(input.images[i], trees[i], prepared.epoch));
    return input;
  };
  Result<ExportInput> made = make_images();
  // What a cache elsewhere promised and did not keep is made here; what was built on it is in doubt.
  while (!made && made.error().kind() != ErrorKind::cancelled && caches->must_begin_anew())
    made = make_images();
  early_push.finish();
  ExportInput input = MBUILD_TRY(std::move(made));
  MBUILD_CHECK(attest(input.images, {request, prepared, plan, *machine.snapshots, started}, notice));
  Result<std::vector<ExportResult>> results =
      run_outputs(prepared.outputs, input, services, events, plan.ops.size());
  if (results) {
    MBUILD_CHECK(caches->finish(plan, machine.cache_mounts, plan.ops.size() + prepared.outputs.size()));
    return describe(input, *results, reports.take());
  }
  Error error = std::move(results).error();
  if (error.kind() != ErrorKind::no_space) return std::unexpected(std::move(error));
  return std::unexpected(
      std::move(error).with_hint("make room in " + session.store_root + ", or where the output goes"));
}

}  // namespace

Result<BuiltImage> build(const BuildRequest& request, BuildObserver* observer) {
  Result<BuiltImage> built = run_build(request, observer);
  if (const auto room = apply_quota(request.store_root); !room)
    EventSink(observer).emit(
        Notice{Notice::Level::warning, "", "make room: " + room.error().message(), std::nullopt});
  if (built || built.error().kind() != ErrorKind::no_space) return built;
  const std::string root = store_root_of(request.store_root);
  return std::unexpected(std::move(built).error().with_hint(make_room_hint(root)));
}

}  // namespace mbuild::builder
