#include "builder/sandbox/step_cgroup.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <string_view>

#include "builder/sandbox/host_file.h"
#include "builder/sandbox/process_limits.h"
#include "registry/base/fs_at.h"

namespace mbuild::builder {

namespace {

std::string folder_of(const CgroupHierarchy& hierarchy, std::string_view parent) {
  const std::size_t begin = std::min(parent.find_first_not_of('/'), parent.size());
  return hierarchy.root + "/" + std::string(parent.substr(begin));
}

bool has_folder(const CgroupHierarchy& hierarchy, const std::string& parent) {
  return !parent.empty() && ::access(folder_of(hierarchy, parent).c_str(), F_OK) == 0;
}

std::unexpected<Error> cannot(const std::string& option, const Error& cause) {
  return std::unexpected(
      Error(ErrorKind::unsupported, option + " cannot be had here: " + cause.message())
          .with_hint("limits take a cgroup that may be written to: root, a delegated one (systemd-run "
                     "--user --scope -p Delegate=yes) or --cgroup-parent"));
}

// Nothing can enter a new cpuset of v1 before it has processors and memory.
Result<void> inherit_cpuset(const Cgroup& folder, const std::string& parent) {
  for (const char* file : {"cpuset.cpus", "cpuset.mems"})
    MBUILD_CHECK(folder.write(file, MBUILD_TRY(read_host_file(parent + "/" + file))));
  return {};
}

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
    Cgroup::sweep(hierarchy.own);
    if (hierarchy.unified && hierarchy.root != hierarchy.own) Cgroup::sweep(hierarchy.root);
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
  if (!limits.need_cgroup()) return step;
  const Settings settings = cgroup_settings(limits);
  std::vector<const char*> legacy_controllers;
  for (const CgroupHierarchy& hierarchy : hierarchies_) {
    if (hierarchy.unified) continue;
    Settings own;
    for (const CgroupSetting& setting : settings) {
      if (!hierarchy.has(setting.controller)) continue;
      legacy_controllers.push_back(setting.controller);
      if (*setting.legacy_file != '\0') own.push_back(setting);
    }
    if (!own.empty() || has_folder(hierarchy, limits.cgroup_parent))
      MBUILD_CHECK(limit_legacy(step, hierarchy, limits, own));
  }
  Settings of_unified;
  for (const CgroupSetting& setting : settings) {
    const bool legacy = std::ranges::find(legacy_controllers, std::string_view(setting.controller)) !=
                        legacy_controllers.end();
    if (!legacy && *setting.unified_file != '\0') of_unified.push_back(setting);
  }
  if (!of_unified.empty() || (unified_ != nullptr && has_folder(*unified_, limits.cgroup_parent)))
    MBUILD_CHECK(limit_unified(step, limits, of_unified, insecure));
  if (step.folders_.empty())
    return fail(ErrorKind::unsupported, "--cgroup-parent " + limits.cgroup_parent +
                                            ": there is no such folder in the cgroup file systems");
  return step;
}

// A cgroup v2 with processes in it cannot hand out controllers, and the builder's own has at least the
// builder; then the limits are had at the top, where the kernel makes an exception.
std::vector<std::string> StepCgroups::places(const CgroupHierarchy& hierarchy,
                                             const ResourceLimits& limits) const {
  if (!limits.cgroup_parent.empty()) return {folder_of(hierarchy, limits.cgroup_parent)};
  if (hierarchy.unified) return {hierarchy.own, hierarchy.root};
  return {hierarchy.own};
}

Result<void> StepCgroups::limit_legacy(StepCgroup& step, const CgroupHierarchy& hierarchy,
                                       const ResourceLimits& limits, const Settings& settings) const {
  const std::string parent = places(hierarchy, limits).front();
  const std::string action = settings.empty() ? "--cgroup-parent" : settings.front().option;
  auto made = Cgroup::make(parent);
  if (!made) return cannot(action, made.error());
  Cgroup folder = std::move(*made);
  if (hierarchy.has("cpuset")) MBUILD_CHECK_AS(action, inherit_cpuset(folder, parent));
  for (const CgroupSetting& setting : settings) {
    if (setting.optional && !folder.read(setting.legacy_file)) continue;
    const auto written = folder.write(setting.legacy_file, setting.legacy_value);
    if (!written) return cannot(setting.option, written.error());
  }
  Fd processes =
      MBUILD_TRY_AS(action, fs_at::open(folder.directory(), "cgroup.procs", O_WRONLY, fs_at::Links::refuse));
  step.process_files_.push_back(processes.get());
  step.process_file_owners_.push_back(std::move(processes));
  step.folders_.push_back(std::move(folder));
  return {};
}

Result<void> StepCgroups::limit_unified(StepCgroup& step, const ResourceLimits& limits,
                                        const Settings& settings, bool insecure) const {
  const std::string option = settings.empty() ? "--cgroup-parent" : settings.front().option;
  if (unified_ == nullptr)
    return cannot(option, Error(ErrorKind::unsupported, "no cgroup file system that has it is mounted"));
  std::optional<Error> cause;
  for (const std::string& parent : places(*unified_, limits)) {
    auto folder = make_limited(parent, settings, insecure);
    if (folder) {
      step.unified_ = folder->directory();
      step.folders_.push_back(std::move(*folder));
      return {};
    }
    if (!cause) cause = folder.error();
  }
  return cannot(option, *cause);
}

Result<Cgroup> StepCgroups::make_limited(const std::string& parent, const Settings& settings,
                                         bool insecure) const {
  const std::string control = parent + "/cgroup.subtree_control";
  for (const CgroupSetting& setting : settings) {
    const std::string request = std::string("+") + setting.controller;
    const Fd file = MBUILD_TRY(fs_at::open_trusted(control, O_WRONLY));
    if (::write(file.get(), request.data(), request.size()) < 0) {
      return fail_errno(errno, "write " + request + " to " + control);
    }
  }
  Cgroup folder = MBUILD_TRY(Cgroup::make(parent));
  for (const CgroupSetting& setting : settings) {
    if (setting.optional && !folder.read(setting.unified_file)) continue;
    MBUILD_CHECK(folder.write(setting.unified_file, setting.unified_value));
  }
  if (!insecure && device_filter_) MBUILD_CHECK(device_filter_->attach(folder.directory()));
  return folder;
}

Result<void> check_limits(const ResourceLimits& limits) {
  MBUILD_CHECK(kernel_limits(limits.processes));
  if (!limits.need_cgroup()) return {};
  MBUILD_TRY(StepCgroups::make().enter(limits, false));
  return {};
}

}  // namespace mbuild::builder
