#include "builder/plan/op.h"

namespace mbuild::builder {

namespace {

struct InputsOf {
  std::vector<OpId> operator()(const ScratchOp&) const { return {}; }
  std::vector<OpId> operator()(const ImageOp&) const { return {}; }
  std::vector<OpId> operator()(const ContextOp&) const { return {}; }
  std::vector<OpId> operator()(const HttpOp&) const { return {}; }
  std::vector<OpId> operator()(const GitOp&) const { return {}; }
  std::vector<OpId> operator()(const WorkdirOp& op) const { return {op.rootfs}; }
  std::vector<OpId> operator()(const CopyOp& op) const {
    std::vector<OpId> inputs{op.rootfs};
    for (const CopySource& source : op.sources) inputs.push_back(source.from);
    return inputs;
  }
  std::vector<OpId> operator()(const RunOp& op) const {
    std::vector<OpId> inputs{op.rootfs};
    for (const RunMount& mount : op.mounts)
      if (mount.from) inputs.push_back(*mount.from);
    return inputs;
  }
};

}  // namespace

std::vector<OpId> Op::inputs() const {
  return std::visit(InputsOf{}, body);
}

bool same_work(const Op& one, const Op& other) {
  // What is copied is the same on every platform (SEMANTICS C2); what runs is not.
  const bool runs = std::holds_alternative<RunOp>(one.body);
  return one.no_cache == other.no_cache && (!runs || one.platform == other.platform) &&
         one.body == other.body;
}

}  // namespace mbuild::builder
