// Step: one op while it is being executed: where its inputs are, and what to tell the observer about it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "builder/context/source_files.h"
#include "builder/exec/services.h"
#include "builder/plan/op.h"

namespace mbuild::builder {

// What an op gives to those that use it: a tree, or files from outside.
struct OpValue {
  Tree tree;
  std::shared_ptr<SourceFiles> files;
};

struct Step {
  const Op& op;
  const std::vector<OpValue>& values;  // of the ops before it
  BuildServices& services;
  std::string identity;  // across edits of the Dockerfile

  StepOutcome outcome = StepOutcome::executed;
  Resources resources;
  std::string reason;

  const Tree& tree(OpId id) const { return values[id].tree; }
  LayerProgress progress() const;
  // Fetches what is missing of the tree, reporting under this step.
  Result<LayerChain> materialise(const Tree& tree) const;
};

// A RUN once more over what a failed one left, for somebody to look around: nothing of it is kept.
struct RunConsole {
  int input = -1;         // standard input, borrowed; -1: /dev/null
  bool terminal = false;  // it is a terminal, and takes the output too
};
Result<StepExit> run_again(Step& step, const RunOp& op, const LayerChain& chain, const RunConsole& console);

// One function a kind of op, each in its own file. They give the tree after the op.
Result<Tree> execute_run(Step& step, const RunOp& op);
Result<Tree> execute_copy(Step& step, const CopyOp& op);
Result<Tree> execute_workdir(Step& step, const WorkdirOp& op);

}  // namespace mbuild::builder
