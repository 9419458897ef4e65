#include "builder/debug.h"

#include <algorithm>

#include "builder/build/session.h"
#include "builder/build/source_services.h"
#include "builder/build/store_root.h"
#include "builder/context/local_context.h"
#include "builder/exec/failed_steps.h"
#include "builder/exec/step.h"

namespace mbuild::builder {

namespace {

Result<FailedSteps> open_failed(const std::string& store_root) {
  return FailedSteps::open(store_root_of(store_root));
}

Result<FailedStep> find(const std::string& store_root, const std::string& id) {
  const FailedSteps steps = MBUILD_TRY(open_failed(store_root));
  for (FailedStep& step : MBUILD_TRY(steps.list()))
    if (id.empty() || step.id == id) return std::move(step);
  return std::unexpected(Error(ErrorKind::not_found, id.empty() ? "no failed step is kept"
                                                                : "failed step " + id + ": there is none")
                             .with_hint("a build with --on-fail=keep keeps the step that fails"));
}

Result<Tree> tree_of(const std::vector<std::string>& layers, LayerStore& store) {
  Tree tree;
  for (const std::string& id : layers) {
    LayerPtr layer = MBUILD_TRY(store.find(id));
    const oci::Digest fingerprint = layer->fingerprint;
    tree.layers.push_back({fingerprint, std::make_shared<LayerHandle>(std::move(layer)), 0});
  }
  return tree;
}

Result<OpValue> value_of(const FailedSource& source, LayerStore& store) {
  OpValue value;
  if (source.directory.empty()) {
    value.tree = MBUILD_TRY(tree_of(source.layers, store));
    return value;
  }
  LocalContextRequest request;
  request.directory = source.directory;
  value.files = std::make_shared<LocalContext>(MBUILD_TRY(LocalContext::open(request)));
  return value;
}

// Hands the output of the one step on.
class OutputOnly : public BuildObserver {
 public:
  explicit OutputOnly(const std::function<void(OutputStream, std::string_view)>& output) : output_(output) {}
  void on_event(const Event& event) noexcept override {
    const auto* written = std::get_if<StepOutput>(&event);
    if (written && output_) output_(written->stream, written->text);
  }

 private:
  const std::function<void(OutputStream, std::string_view)>& output_;
};

// The step's own shell when it had one, else the image's.
std::vector<std::string> shell_of(const RunOp& run) {
  const bool shell_form = run.argv.size() == 3 && run.argv[1] == "-c";
  return {shell_form ? run.argv.front() : "/bin/sh"};
}

}  // namespace

Result<std::vector<KeptStep>> list_kept_steps(const std::string& store_root) {
  const FailedSteps steps = MBUILD_TRY(open_failed(store_root));
  std::vector<KeptStep> kept;
  for (const FailedStep& step : MBUILD_TRY(steps.list()))
    kept.push_back({step.id, step.name, step.failed_at});
  return kept;
}

Result<void> drop_kept_step(const std::string& store_root, const std::string& id) {
  const FailedSteps steps = MBUILD_TRY(open_failed(store_root));
  return steps.remove(id);
}

Result<int> debug_step(const DebugRequest& request,
                       const std::function<void(OutputStream, std::string_view)>& output) {
  FailedStep failed = MBUILD_TRY(find(request.store_root, request.id));
  Session session = MBUILD_TRY(Session::open({request.store_root, {}, request.cancel}));
  BuildMachine machine = MBUILD_TRY(BuildMachine::open(session, request.isolation, request.snapshotter));
  const BuildRequest nothing;
  const std::unique_ptr<SourceServices> sources =
      MBUILD_TRY(SourceServices::open(session, nothing, SshAgents()));
  OutputOnly observer(output);
  EventSink events(&observer);
  LayerImports imports(request.cancel.flag().get());
  const std::atomic<bool> stopping = false;
  const auto no_secret = [](const std::string&) -> Result<std::optional<std::string>> {
    return std::nullopt;
  };
  BuildServices services{*session.layers,
                         *machine.snapshots,
                         *machine.sandbox,
                         machine.actions,
                         machine.cache_mounts,
                         machine.history,
                         imports,
                         events,
                         no_secret,
                         {},
                         sources->fetcher(),
                         {},
                         *request.cancel.flag(),
                         stopping,
                         "",
                         {},
                         nullptr};
  std::vector<OpValue> values;
  for (const FailedSource& source : failed.sources)
    values.push_back(MBUILD_TRY(value_of(source, *session.layers)));
  failed.run.argv = request.command.empty() ? shell_of(failed.run) : request.command;
  Op op;
  op.name = failed.name;
  op.platform = oci::Platform::host();
  op.body = failed.run;
  Step step{op, values, services, "", StepOutcome::executed, {}, {}};
  const Tree tree = MBUILD_TRY(tree_of(failed.layers, *session.layers));
  const LayerChain chain = MBUILD_TRY(step.materialise(tree));
  return MBUILD_TRY_AS("debug " + failed.id,
                       run_again(step, failed.run, chain, {request.input, request.terminal}))
      .code;
}

}  // namespace mbuild::builder
