#include "builder/plan/lower.h"

#include <fmt/format.h>

#include "builder/plan/stage_lowering.h"

namespace mbuild::builder {

namespace {

// "[builder 2/4] RUN make": which of the stage's layer-making steps an op is, and of how many, is known only
// at the end.
void number_steps(std::vector<Op>& ops, std::size_t stage_count) {
  auto counts = [](const Op& op) {
    return !op.stage.empty() && !std::holds_alternative<ScratchOp>(op.body) &&
           !std::holds_alternative<ContextOp>(op.body);
  };
  std::map<std::string, std::size_t> totals, seen;
  for (const Op& op : ops)
    if (counts(op)) ++totals[op.stage];
  for (Op& op : ops) {
    if (!counts(op)) continue;
    std::string stage = stage_count > 1 ? op.stage + " " : "";
    op.name = fmt::format("[{}{}/{}] {}", stage, ++seen[op.stage], totals[op.stage], op.name);
  }
}

}  // namespace

Result<Plan> lower(const parser::Dockerfile& dockerfile, const parser::StageGraph& graph,
                   const LowerOptions& options, ImageResolver& images,
                   const std::function<void(Notice)>& notice) {
  PlanBuilder builder;
  std::vector<std::optional<StageState>> stages(graph.stages.size());
  LowerContext context{dockerfile, graph, options, images, notice, builder, stages};
  for (std::size_t index : graph.needed) MBUILD_CHECK(lowered_stage(context, index));

  StageState& target = *stages[graph.target];
  Plan plan;
  plan.result = target.rootfs;
  plan.config = std::move(target.config);
  // The image says the platform it was asked for, whatever its base said (SEMANTICS A8).
  plan.config.platform.os = options.target_platform.os;
  plan.config.platform.architecture = options.target_platform.architecture;
  plan.config.platform.variant = options.target_platform.variant;
  plan.history = std::move(target.history);
  plan.ops = std::move(builder).take();
  number_steps(plan.ops, graph.stages.size());
  return plan;
}

}  // namespace mbuild::builder
