#include "builder/build/execute.h"

#include "builder/build/secrets.h"
#include "builder/exec/op_executor.h"
#include "builder/exec/scheduler.h"

namespace mbuild::builder {

namespace {

// Steps mostly wait: for the network, for each other, for their own children.
constexpr unsigned kStepsAtOnce = 32;

// Of the layers that steps of this build have, those of base images aside.
void note_layers(const Plan& plan, const OpExecutor& executor, LayerStore& layers, BuildRecorder& recorder) {
  for (const Op& op : plan.ops)
    if (LayerHandle* handle = executor.layer(op.id))
      if (Result<LayerPtr> layer = handle->get(layers, {})) recorder.note_layer(op.id, (*layer)->bytes);
}

}  // namespace

Result<std::vector<Tree>> execute_plan(const Plan& plan, const Execution& with) {
  const BuildRequest& request = with.request;
  LayerStore& layers = *with.session.layers;
  LayerImports imports(request.cancel.flag().get(), request.unpacked_limit);
  std::atomic<bool> stopping = false;
  BuildServices services{layers,
                         *with.machine.snapshots,
                         *with.machine.sandbox,
                         with.machine.actions,
                         with.machine.cache_mounts,
                         with.machine.history,
                         imports,
                         with.events,
                         secret_reader(request),
                         with.agents.sources(),
                         with.sources,
                         with.main_context,
                         *request.cancel.flag(),
                         stopping,
                         request.context_dir + request.context_url + ":" + request.dockerfile_path,
                         request.limits};
  services.unpacked_limit = request.unpacked_limit;
  with.caches.begin(plan);
  with.early_push.begin(plan);
  services.cache_import = with.caches.import();
  services.on_result = [&with](OpId op, const oci::Digest& key, const TreeLayer& layer) {
    with.caches.on_result(op, key, layer);
    with.early_push.on_result(op, layer);
  };
  std::optional<FailedSteps> failed;
  if (request.keep_failed) {
    failed = MBUILD_TRY(FailedSteps::open(with.session.store_root));
    services.failed = &*failed;
  }
  OpExecutor executor(plan, services);

  std::vector<std::vector<std::size_t>> inputs;
  for (const Op& op : plan.ops) inputs.push_back(op.inputs());
  ScheduleOptions options;
  options.parallelism = request.parallelism ? request.parallelism : kStepsAtOnce;
  options.cancelled = [&request] { return request.cancel.cancelled(); };
  options.on_failure = [&stopping] { stopping = true; };
  Result<void> ran = run_graph(
      inputs, [&](std::size_t id) { return executor.execute(id); }, options);
  executor.save_contexts();
  note_layers(plan, executor, layers, with.recorder);
  if (!ran) return std::unexpected(std::move(ran).error());
  std::vector<Tree> trees;
  for (const PlannedImage& image : plan.images) trees.push_back(executor.tree(image.result));
  return trees;
}

}  // namespace mbuild::builder
