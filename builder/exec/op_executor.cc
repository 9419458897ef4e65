#include "builder/exec/op_executor.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "builder/plan/key.h"

namespace mbuild::builder {

LayerProgress Step::progress() const {
  return [this](const SourceLayer& layer, std::uint64_t done, std::uint64_t total) {
    services.events.emit(StepProgress{op.id, layer.descriptor.digest.str().substr(0, 19), done, total});
  };
}

Result<LayerChain> Step::materialise(const Tree& tree) const {
  return builder::materialise(tree, services.layers, progress());
}

namespace {

Result<SourceFilesPtr> open_context(const ContextOp& op, const BuildServices& services) {
  LocalContextRequest request;
  if (!op.name.empty()) return services.sources.context(op.location, request);
  // Only the main context has to do with the Dockerfile's own ignore file.
  const MainContext& main = services.main_context;
  if (main.files) return main.files;
  request.dockerfile_directory = main.dockerfile_directory;
  request.dockerfile = main.dockerfile;
  return services.sources.context(op.location, request);
}

Result<SourceFilesPtr> open_download(const Step& step, const HttpOp& op) {
  auto progress = [&events = step.services.events, id = step.op.id](std::uint64_t done, std::uint64_t total) {
    events.emit(StepProgress{id, "downloading", done, total});
  };
  return step.services.sources.http_file(op.url, op.name, op.checksum, progress);
}

// The server is asked now: this step is the one that waits for it.
Result<OpValue> look_up(SourceFilesPtr files) {
  MBUILD_CHECK(files->version());
  return OpValue{{}, std::move(files)};
}

bool is_cacheable(const Op& op) {
  return std::holds_alternative<RunOp>(op.body) || std::holds_alternative<CopyOp>(op.body) ||
         std::holds_alternative<WorkdirOp>(op.body);
}

}  // namespace

OpExecutor::OpExecutor(const Plan& plan, BuildServices& services)
    : plan_(plan),
      services_(services),
      values_(plan.ops.size()),
      layers_(plan.ops.size()),
      users_(plan.ops.size()) {
  std::map<std::string, std::size_t> positions;
  for (const Op& op : plan.ops) {
    std::size_t position = positions[fmt::format("{}/{}", op.stage, op.body.index())]++;
    identities_.push_back(services.dockerfile_identity + "/" + step_identity(op, position));
    services.events.emit(StepAdded{{op.id, op.name, op.stage, op.source, op.inputs(), is_cacheable(op)}});
    for (OpId input : op.inputs()) ++users_[input];
  }
  for (const PlannedImage& image : plan.images) ++users_[image.result];
}

Result<OpValue> OpExecutor::dispatch(Step& step) {
  struct Dispatch {
    Step& step;
    Result<OpValue> operator()(const ScratchOp&) { return OpValue{}; }
    Result<OpValue> operator()(const ImageOp& op) {
      return OpValue{step.services.imports.tree_of(*op.image), nullptr};
    }
    Result<OpValue> operator()(const ContextOp& op) {
      return look_up(MBUILD_TRY(open_context(op, step.services)));
    }
    Result<OpValue> operator()(const HttpOp& op) { return look_up(MBUILD_TRY(open_download(step, op))); }
    Result<OpValue> operator()(const GitOp& op) {
      return look_up(MBUILD_TRY(step.services.sources.repository(op.repository)));
    }
    Result<OpValue> operator()(const RunOp& op) {
      return OpValue{MBUILD_TRY(execute_run(step, op)), nullptr};
    }
    Result<OpValue> operator()(const CopyOp& op) {
      return OpValue{MBUILD_TRY(execute_copy(step, op)), nullptr};
    }
    Result<OpValue> operator()(const WorkdirOp& op) {
      return OpValue{MBUILD_TRY(execute_workdir(step, op)), nullptr};
    }
  };
  return std::visit(Dispatch{step}, step.op.body);
}

void OpExecutor::save_contexts() const {
  for (const OpValue& value : values_)
    // It is a cache: the build is done, and the next one reads the files again.
    if (value.files) (void)value.files->save_index();
}

// Those of base images do not count, nor those that were there before the op.
std::shared_ptr<LayerHandle> OpExecutor::added_layer(const Op& op, const Tree& tree) const {
  if (tree.layers.empty() || tree.layers.back().handle->source()) return nullptr;
  const std::shared_ptr<LayerHandle>& top = tree.layers.back().handle;
  const std::vector<OpId> inputs = op.inputs();
  const bool inherited = std::any_of(inputs.begin(), inputs.end(), [&](OpId input) {
    const std::vector<TreeLayer>& before = values_[input].tree.layers;
    return !before.empty() && before.back().handle == top;
  });
  return inherited ? nullptr : top;
}

void OpExecutor::release_inputs(const Op& op) {
  for (OpId input : op.inputs())
    if (--users_[input] == 0) values_[input].tree = Tree();
}

Result<void> OpExecutor::execute(OpId id) {
  Step step{plan_.ops[id], values_, services_, identities_[id], StepOutcome::executed, {}, {}};
  services_.events.emit(StepStarted{id});
  auto begun = std::chrono::steady_clock::now();
  Result<OpValue> value = dispatch(step);
  step.resources.wall = std::chrono::steady_clock::now() - begun;
  if (!value) {
    Error error = std::move(value).error();
    bool cancelled = error.kind() == ErrorKind::cancelled;
    services_.events.emit(StepFinished{id, cancelled ? StepOutcome::cancelled : StepOutcome::failed,
                                       step.resources, error.message()});
    if (step.op.source) error = std::move(error).with_source(*step.op.source);
    return std::unexpected(std::move(error));
  }
  layers_[id] = added_layer(step.op, value->tree);
  values_[id] = std::move(*value);
  release_inputs(step.op);
  services_.events.emit(StepFinished{id, step.outcome, step.resources, step.reason});
  return {};
}

}  // namespace mbuild::builder
