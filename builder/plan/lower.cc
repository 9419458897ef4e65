#include "builder/plan/lower.h"

#include <fmt/format.h>

#include <span>

#include "builder/plan/stage_lowering.h"

namespace mbuild::builder {

namespace {

// "linux/amd64 ", and where a stage's platform is not the target's "linux/amd64->linux/arm64 ".
std::string platform_prefix(const Op& op, const oci::Platform& target) {
  std::string text = op.platform.str();
  if (op.platform != target) text += "->" + target.str();
  return text + " ";
}

// "[builder 2/4] RUN make": which of the stage's layer-making steps an op is, and of how many, is known only
// at the end.
void number_steps(std::span<Op> ops, std::size_t stage_count, const oci::Platform* platform) {
  auto counts = [](const Op& op) {
    return !op.stage.empty() && !std::holds_alternative<ScratchOp>(op.body) &&
           !std::holds_alternative<ContextOp>(op.body);
  };
  std::map<std::string, std::size_t> totals, seen;
  for (const Op& op : ops)
    if (counts(op)) ++totals[op.stage];
  for (Op& op : ops) {
    if (!counts(op)) continue;
    std::string prefix = platform ? platform_prefix(op, *platform) : "";
    if (stage_count > 1) prefix += op.stage + " ";
    op.name = fmt::format("[{}{}/{}] {}", prefix, ++seen[op.stage], totals[op.stage], op.name);
  }
}

Result<PlannedImage> lower_target(const parser::Dockerfile& dockerfile, const parser::StageGraph& graph,
                                  const LowerOptions& options, ImageResolver& images,
                                  const std::function<void(Notice)>& notice, PlanBuilder& builder) {
  std::vector<std::optional<StageState>> stages(graph.stages.size());
  LowerContext context{dockerfile, graph, options, images, notice, builder, stages};
  for (std::size_t index : graph.needed) MBUILD_CHECK(lowered_stage(context, index));

  StageState& target = *stages[graph.target];
  PlannedImage image;
  image.result = target.rootfs;
  image.config = std::move(target.config);
  // The image says the platform it was asked for, whatever its base said (SEMANTICS A8).
  image.config.platform.os = options.target_platform.os;
  image.config.platform.architecture = options.target_platform.architecture;
  image.config.platform.variant = options.target_platform.variant;
  image.history = std::move(target.history);
  return image;
}

}  // namespace

Result<Plan> lower(const parser::Dockerfile& dockerfile, const parser::StageGraph& graph,
                   const LowerOptions& options, ImageResolver& images,
                   const std::function<void(Notice)>& notice) {
  PlanBuilder builder;
  Plan plan;
  plan.images.push_back(MBUILD_TRY(lower_target(dockerfile, graph, options, images, notice, builder)));
  plan.ops = std::move(builder).take();
  number_steps(plan.ops, graph.stages.size(), nullptr);
  return plan;
}

Result<Plan> lower_platforms(const parser::Dockerfile& dockerfile, const std::vector<LowerTarget>& targets,
                             ImageResolver& images, const std::function<void(Notice)>& notice) {
  if (targets.size() == 1)
    return lower(dockerfile, targets.front().graph, targets.front().options, images, notice);
  PlanBuilder builder;
  Plan plan;
  for (const auto& [graph, options] : targets) {
    const std::size_t earlier = builder.ops().size();
    plan.images.push_back(MBUILD_TRY_AS(options.target_platform.str(),
                                        lower_target(dockerfile, graph, options, images, notice, builder)));
    number_steps(std::span(builder.ops()).subspan(earlier), graph.stages.size(), &options.target_platform);
  }
  plan.ops = std::move(builder).take();
  return plan;
}

}  // namespace mbuild::builder
