// StepCache: finds the layer that an op gave before, and remembers the one it gives now.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "builder/exec/services.h"
#include "builder/plan/key.h"

namespace mbuild::builder {

class StepCache {
 public:
  // `step` names the op across edits, for explanations.
  StepCache(BuildServices& services, std::string step) : services_(services), step_(std::move(step)) {}

  // The layer recorded under the key, when it is in the store whole.
  Result<std::optional<TreeLayer>> find(const oci::Digest& key);

  // Records the layer under every key, and the inputs of the last one for later explanations. A record that
  // cannot be written is no reason to fail a build: the step runs again next time.
  TreeLayer store(const std::vector<oci::Digest>& keys, const CommittedLayer& committed,
                  const Resources& resources);
  void remember(const KeyInputs& inputs);
  // A hit under one key that should be found under another too.
  void link(const oci::Digest& key, const TreeLayer& layer);

  // Why nothing was found: the first input that differs from the step's last run; empty when it never ran.
  std::string explain(const KeyInputs& inputs) const;

 private:
  BuildServices& services_;
  std::string step_;
};

}  // namespace mbuild::builder
