// The cgroups that steps run in: for their limits, and to keep them from devices.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "builder/resource_limits.h"
#include "builder/sandbox/cgroup.h"
#include "builder/sandbox/cgroup_hierarchy.h"
#include "builder/sandbox/cgroup_settings.h"
#include "builder/sandbox/device_filter.h"
#include "registry/base/fd.h"
#include "registry/base/result.h"

namespace mbuild::builder {

// One step's; goes when the step's processes are gone.
class StepCgroup {
 public:
  // Of the cgroup v2 for clone3 to start the step in; -1 for none.
  int unified() const { return unified_; }
  // "cgroup.procs" of cgroups v1, for the step's process to enter by writing "0".
  std::span<const int> process_files() const { return process_files_; }

  // What the kernel counted, where a limit made a memory cgroup necessary.
  bool out_of_memory() const;
  std::optional<std::uint64_t> peak_memory_bytes() const;

 private:
  friend class StepCgroups;

  int unified_ = -1;
  std::vector<Fd> process_file_owners_;
  std::vector<int> process_files_;
  std::vector<Cgroup> folders_;
};

// Those of all steps of one sandbox. Thread-safe once made.
class StepCgroups {
 public:
  // What cannot be had is done without.
  static StepCgroups make();

  // Whether steps without limits are kept from opening devices.
  bool filters_devices() const { return shared_.has_value(); }

  // `unsupported`, saying which and why, when a limit cannot be had. `insecure` steps may open any device.
  Result<StepCgroup> enter(const ResourceLimits& limits, bool insecure) const;

 private:
  using Settings = std::vector<CgroupSetting>;

  std::vector<std::string> places(const CgroupHierarchy& hierarchy, const ResourceLimits& limits) const;
  Result<void> limit_legacy(StepCgroup& step, const CgroupHierarchy& hierarchy, const ResourceLimits& limits,
                            const Settings& settings) const;
  Result<void> limit_unified(StepCgroup& step, const ResourceLimits& limits, const Settings& settings,
                             bool insecure) const;
  Result<Cgroup> make_limited(const std::string& parent, const Settings& settings, bool insecure) const;

  std::vector<CgroupHierarchy> hierarchies_;
  const CgroupHierarchy* unified_ = nullptr;
  std::optional<DeviceFilter> device_filter_;
  std::optional<Cgroup> shared_;  // of the steps without limits
};

// Tries whether a step can have the limits: `invalid_input` or `unsupported`, naming the option, when not.
Result<void> check_limits(const ResourceLimits& limits);

}  // namespace mbuild::builder
