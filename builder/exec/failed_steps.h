// FailedSteps: the store's `failed/` folder: RUN steps that failed, as they left their root file systems.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "builder/plan/op.h"
#include "registry/base/fd.h"
#include "registry/base/result.h"

namespace mbuild::builder {

// Where a bind mount's or a cache's content comes from: a directory of this machine, or layers.
struct FailedSource {
  std::string directory;
  std::vector<std::string> layers;
};

struct FailedStep {
  std::string id;  // a few letters and digits, set by put()
  std::string name;
  std::int64_t failed_at = 0;       // seconds since the epoch, set by put()
  std::vector<std::string> layers;  // of the root file system, lowest first; the last is what the step wrote
  RunOp run;  // without secrets, agents and fetched contexts; `from` of its mounts counts in `sources`
  std::vector<FailedSource> sources;
};

// Thread-safe; any number of processes may use one folder. Kept steps go by themselves: of more than ten the
// oldest, and those that are older than a week, when another is kept.
class FailedSteps {
 public:
  static Result<FailedSteps> open(const std::string& store_root);

  Result<std::string> put(FailedStep step) const;    // gives the id
  Result<std::vector<FailedStep>> list() const;      // newest first
  Result<void> remove(const std::string& id) const;  // `not_found` names it

 private:
  explicit FailedSteps(Fd dir) : dir_(std::move(dir)) {}
  Fd dir_;
};

}  // namespace mbuild::builder
