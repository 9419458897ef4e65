// StepCache: what a step does before and after its own work: looks for the layer that it gave before, and
// keeps the one it gives now.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "builder/exec/step.h"
#include "builder/plan/key.h"

namespace mbuild::builder {

// The name of the input that sums up the files of a build context. Where the files are listed one by one, it
// need not explain anything.
inline constexpr std::string_view kContextFiles = "files copied";
// How the name of one ends that sums up the files of a bind mount.
inline constexpr std::string_view kMountContent = " content";
// How the name of each of those files ends.
std::string mounted_at(std::string_view target);
// The name of the input that stands for the tree below a step.
inline constexpr std::string_view kFilesBelow = "files below";

class StepCache {
 public:
  // `base` is the tree that the step's layer goes on top of. Both are borrowed.
  StepCache(Step& step, const Tree& base) : step_(step), base_(base) {}

  // The tree with the layer recorded under the key, when that is in the store whole; the step is then a
  // cached one. Never for a step that is to run whatever is recorded.
  Result<std::optional<Tree>> reuse(const oci::Digest& key);
  // The same for the key of the inputs. After a miss the step knows the first of them that differs from its
  // last run, if there was one. `files` says what some of the inputs sum up, one by one; it is part of no
  // key.
  Result<std::optional<Tree>> reuse(const KeyInputs& inputs, const NamedInputs& files = {});

  // After a miss: the id of the layer that the step's last run gave, or empty. It may be gone by now.
  std::string earlier_layer() const;

  // The tree with what the step made, recorded under the key of the inputs, and under `other` when there is
  // one. A record that cannot be written is no reason to fail a build: the step runs again next time.
  Tree keep(const KeyInputs& inputs, const CommittedLayer& committed, const NamedInputs& files = {},
            const std::optional<oci::Digest>& other = std::nullopt);

  // The tree with what the step made, of which nothing is recorded: it is the result of no known inputs.
  Tree use(const CommittedLayer& committed) const;

  // The topmost layer of a tree that reuse() gave is to be found under this key too.
  void link(const oci::Digest& key, const Tree& reused);

 private:
  std::string reason_for_miss(const oci::Digest& key, const NamedInputs& inputs);
  Result<std::optional<TreeLayer>> find_elsewhere(const oci::Digest& key) const;
  void tell(const oci::Digest& key, const TreeLayer& layer) const;
  Result<std::optional<TreeLayer>> find(const oci::Digest& key) const;
  Tree with_layer(TreeLayer layer) const;

  Step& step_;
  const Tree& base_;
  std::optional<oci::Digest> last_key_;  // of the step's last run
};

}  // namespace mbuild::builder
