#include "builder/plan/plan.h"

namespace mbuild::builder {

namespace {

// What the op's layer goes on top of.
std::optional<OpId> below(const Op& op) {
  if (const auto* run = std::get_if<RunOp>(&op.body)) return run->rootfs;
  if (const auto* copy = std::get_if<CopyOp>(&op.body)) return copy->rootfs;
  if (const auto* workdir = std::get_if<WorkdirOp>(&op.body)) return workdir->rootfs;
  return std::nullopt;
}

}  // namespace

std::set<OpId> ops_of_images(const Plan& plan) {
  std::set<OpId> ops;
  for (const PlannedImage& image : plan.images)
    for (std::optional<OpId> op = image.result; op; op = below(plan.ops[*op])) ops.insert(*op);
  return ops;
}

}  // namespace mbuild::builder
