#include "builder/sandbox/step_cgroup.h"

#include <fcntl.h>

#include <cmath>
#include <string>

#include "registry/base/fs_at.h"

namespace mbuild::builder {

namespace {

constexpr std::uint64_t cpu_period_microseconds = 100'000;

}  // namespace

bool StepCgroup::out_of_memory() const {
  for (const Cgroup& folder : folders_) {
    if (folder.number("memory.events", "oom_kill").value_or(0) > 0) return true;
    if (folder.number("memory.oom_control", "oom_kill").value_or(0) > 0) return true;
  }
  return false;
}

std::optional<std::uint64_t> StepCgroup::peak_memory_bytes() const {
  for (const Cgroup& folder : folders_) {
    if (const auto peak = folder.number("memory.peak")) return peak;
    if (const auto peak = folder.number("memory.max_usage_in_bytes")) return peak;
  }
  return std::nullopt;
}

StepCgroups StepCgroups::make() {
  StepCgroups cgroups;
  auto hierarchies = find_cgroup_hierarchies();
  if (!hierarchies) return cgroups;
  cgroups.hierarchies_ = std::move(*hierarchies);
  for (const CgroupHierarchy& hierarchy : cgroups.hierarchies_) {
    if (hierarchy.unified) cgroups.unified_ = &hierarchy;
  }
  if (cgroups.unified_ == nullptr) return cgroups;
  auto filter = DeviceFilter::load();
  if (!filter) return cgroups;
  cgroups.device_filter_.emplace(std::move(*filter));
  auto shared = Cgroup::make(cgroups.unified_->own);
  if (shared && cgroups.device_filter_->attach(shared->directory()))
    cgroups.shared_.emplace(std::move(*shared));
  return cgroups;
}

Result<StepCgroup> StepCgroups::enter(const ResourceLimits& limits, bool insecure) const {
  StepCgroup step;
  if (shared_ && !insecure) step.unified_ = shared_->directory();
  std::vector<Setting> of_unified;
  for (const Setting& setting : settings_of(limits)) {
    if (const CgroupHierarchy* hierarchy = legacy(setting.controller)) {
      MBUILD_CHECK(limit_legacy(step, *hierarchy, setting));
    } else {
      of_unified.push_back(setting);
    }
  }
  if (!of_unified.empty()) MBUILD_CHECK(limit_unified(step, of_unified, insecure));
  return step;
}

std::vector<StepCgroups::Setting> StepCgroups::settings_of(const ResourceLimits& limits) {
  std::vector<Setting> settings;
  if (limits.memory_bytes != 0) {
    const std::string bytes = std::to_string(limits.memory_bytes);
    settings.push_back({"memory", "memory.max", bytes, "memory.limit_in_bytes", bytes});
  }
  if (limits.pids != 0) {
    const std::string pids = std::to_string(limits.pids);
    settings.push_back({"pids", "pids.max", pids, "pids.max", pids});
  }
  if (limits.cpus > 0) {
    const auto quota = std::to_string(std::llround(limits.cpus * cpu_period_microseconds));
    settings.push_back(
        {"cpu", "cpu.max", quota + " " + std::to_string(cpu_period_microseconds), "cpu.cfs_quota_us", quota});
  }
  return settings;
}

const CgroupHierarchy* StepCgroups::legacy(const char* controller) const {
  for (const CgroupHierarchy& hierarchy : hierarchies_) {
    if (!hierarchy.unified && hierarchy.has(controller)) return &hierarchy;
  }
  return nullptr;
}

Result<void> StepCgroups::limit_legacy(StepCgroup& step, const CgroupHierarchy& hierarchy,
                                       const Setting& setting) const {
  const std::string action = std::string("limit the step's ") + setting.controller;
  Cgroup folder = MBUILD_TRY_AS(action, Cgroup::make(hierarchy.own));
  MBUILD_CHECK_AS(action, folder.write(setting.legacy_file, setting.legacy_value));
  // Swap would let the step go on beyond its memory; not every kernel counts it.
  if (folder.number("memory.memsw.limit_in_bytes")) {
    MBUILD_CHECK_AS(action, folder.write("memory.memsw.limit_in_bytes", setting.legacy_value));
  }
  Fd processes =
      MBUILD_TRY_AS(action, fs_at::open(folder.directory(), "cgroup.procs", O_WRONLY, fs_at::Links::refuse));
  step.process_files_.push_back(processes.get());
  step.process_file_owners_.push_back(std::move(processes));
  step.folders_.push_back(std::move(folder));
  return {};
}

// A cgroup with processes in it cannot hand out controllers, and the builder's own has at least the builder;
// then the limits are had at the top, where the kernel makes an exception.
Result<void> StepCgroups::limit_unified(StepCgroup& step, const std::vector<Setting>& settings,
                                        bool insecure) const {
  std::string cause = "no cgroup file system with it is mounted";
  std::vector<std::string> parents;
  if (unified_ != nullptr) parents = {unified_->own, unified_->root};
  for (const std::string& parent : parents) {
    auto folder = make_limited(parent, settings, insecure);
    if (folder) {
      step.unified_ = folder->directory();
      step.folders_.push_back(std::move(*folder));
      return {};
    }
    cause = folder.error().message();
  }
  return fail(ErrorKind::unsupported,
              std::string("limit the step's ") + settings.front().controller + ": " + cause);
}

Result<Cgroup> StepCgroups::make_limited(const std::string& parent, const std::vector<Setting>& settings,
                                         bool insecure) const {
  const std::string control = parent + "/cgroup.subtree_control";
  for (const Setting& setting : settings) {
    const std::string request = std::string("+") + setting.controller;
    const Fd file = MBUILD_TRY(fs_at::open_trusted(control, O_WRONLY));
    if (::write(file.get(), request.data(), request.size()) < 0) {
      return fail_errno(errno, "write " + request + " to " + control);
    }
  }
  Cgroup folder = MBUILD_TRY(Cgroup::make(parent));
  for (const Setting& setting : settings) {
    MBUILD_CHECK(folder.write(setting.unified_file, setting.unified_value));
    if (folder.number("memory.swap.current")) MBUILD_CHECK(folder.write("memory.swap.max", "0"));
  }
  if (!insecure && device_filter_) MBUILD_CHECK(device_filter_->attach(folder.directory()));
  return folder;
}

}  // namespace mbuild::builder
