#include "builder/build/execute.h"

#include "builder/build/secrets.h"
#include "builder/exec/op_executor.h"
#include "builder/exec/scheduler.h"

namespace mbuild::builder {

namespace {

// Steps mostly wait: for the network, for each other, for their own children.
constexpr unsigned kStepsAtOnce = 32;

std::map<std::string, AgentSource> agents_of(const BuildRequest& request) {
  std::map<std::string, AgentSource> agents;
  for (const SshSource& source : request.ssh) agents[source.id] = {source.socket, source.raw};
  return agents;
}

}  // namespace

Result<Tree> execute_plan(const Plan& plan, Session& session, SourceFetcher& sources,
                          const MainContext& main_context, const BuildRequest& request, EventSink& events) {
  BuildMachine machine = MBUILD_TRY(BuildMachine::open(session, request.isolation));
  LayerImports imports(request.cancel.flag().get());
  std::atomic<bool> stopping = false;
  BuildServices services{*session.layers,
                         *machine.snapshots,
                         *machine.sandbox,
                         machine.actions,
                         machine.cache_mounts,
                         machine.history,
                         imports,
                         events,
                         secret_reader(request),
                         agents_of(request),
                         sources,
                         main_context,
                         *request.cancel.flag(),
                         stopping,
                         request.context_dir + request.context_url + ":" + request.dockerfile_path};
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
  if (!ran) return std::unexpected(std::move(ran).error());
  return executor.tree(plan.result);
}

}  // namespace mbuild::builder
