// OpExecutor: executes the ops of a plan, in whatever order the scheduler asks for.
#pragma once

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

  const Tree& tree(OpId id) const { return values_[id].tree; }

  // Keeps what was learnt of the contexts' files for the next build.
  void save_contexts() const;

 private:
  Result<OpValue> dispatch(Step& step);

  const Plan& plan_;
  BuildServices& services_;
  std::vector<OpValue> values_;
  std::vector<std::string> identities_;
};

}  // namespace mbuild::builder
