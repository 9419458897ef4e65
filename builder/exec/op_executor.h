// OpExecutor: executes the ops of a plan, in whatever order the scheduler asks for.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "builder/exec/step.h"
#include "builder/plan/plan.h"

namespace mbuild::builder {

class OpExecutor {
 public:
  // Both are borrowed. Announces every op to the observer.
  OpExecutor(const Plan& plan, BuildServices& services);

  // All inputs of the op have been executed. Reports start and end; errors carry the op's lines.
  Result<void> execute(OpId id);

  // Of an image of the plan. Other trees go with the last op that needs them: each is a list of all layers
  // below, which for thousands of steps is more than there should be in memory.
  const Tree& tree(OpId id) const { return values_[id].tree; }
  // The layer that the op added to its tree; null when it added none, or has not been executed.
  LayerHandle* layer(OpId id) const { return layers_[id].get(); }

  // Keeps what was learnt of the contexts' files for the next build.
  void save_contexts() const;

 private:
  Result<OpValue> dispatch(Step& step);
  std::shared_ptr<LayerHandle> added_layer(const Op& op, const Tree& tree) const;
  void release_inputs(const Op& op);

  const Plan& plan_;
  BuildServices& services_;
  std::vector<OpValue> values_;
  std::vector<std::shared_ptr<LayerHandle>> layers_;
  std::vector<std::atomic<std::size_t>> users_;  // of each op's tree, as far as they are still to come
  std::vector<std::string> identities_;
};

}  // namespace mbuild::builder
