#include "builder/sandbox/cgroup_settings.h"

#include <algorithm>
#include <cmath>

namespace mbuild::builder {

namespace {

constexpr std::uint64_t default_period_us = 100'000;
constexpr std::uint64_t least_shares = 2, most_shares = 262'144;
constexpr std::uint64_t least_weight = 1, most_weight = 10'000;

std::string weight_of(std::uint64_t shares) {
  shares = std::clamp(shares, least_shares, most_shares);
  return std::to_string(least_weight + (shares - least_shares) * (most_weight - least_weight) /
                                           (most_shares - least_shares));
}

void add_memory(const ResourceLimits& limits, std::vector<CgroupSetting>& settings) {
  if (limits.memory_bytes == 0) return;
  const std::string bytes = std::to_string(limits.memory_bytes);
  settings.push_back({"--memory", "memory", "memory.max", bytes, "memory.limit_in_bytes", bytes});
  // Swap would let the step go on beyond its memory. v1 counts both together, v2 swap alone.
  const bool endless = limits.memory_swap_bytes == ResourceLimits::unlimited;
  const std::uint64_t both =
      std::max(limits.memory_bytes, static_cast<std::uint64_t>(limits.memory_swap_bytes));
  const std::uint64_t swap = both - limits.memory_bytes;
  settings.push_back({"--memory-swap", "memory", "memory.swap.max", endless ? "max" : std::to_string(swap),
                      "memory.memsw.limit_in_bytes", endless ? "-1" : std::to_string(both),
                      endless || swap == 0});
}

void add_processor_time(const ResourceLimits& limits, std::vector<CgroupSetting>& settings) {
  if (limits.cpu_shares != 0) {
    settings.push_back({"--cpu-shares", "cpu", "cpu.weight", weight_of(limits.cpu_shares), "cpu.shares",
                        std::to_string(limits.cpu_shares)});
  }
  const std::uint64_t period_us = limits.cpu_period_us != 0 ? limits.cpu_period_us : default_period_us;
  const std::string period = std::to_string(period_us);
  std::string quota = limits.cpu_quota_us != 0 ? std::to_string(limits.cpu_quota_us) : "";
  const char* option = limits.cpu_quota_us != 0 ? "--cpu-quota" : "--cpu-period";
  if (limits.cpus > 0) {
    option = "--cpus";
    quota = std::to_string(std::llround(limits.cpus * static_cast<double>(period_us)));
  }
  if (quota.empty() && limits.cpu_period_us == 0) return;
  settings.push_back({option, "cpu", "cpu.max", (quota.empty() ? "max" : quota) + " " + period, "", ""});
  settings.push_back({option, "cpu", "", "", "cpu.cfs_period_us", period});
  if (!quota.empty()) settings.push_back({option, "cpu", "", "", "cpu.cfs_quota_us", quota});
}

}  // namespace

std::vector<CgroupSetting> cgroup_settings(const ResourceLimits& limits) {
  std::vector<CgroupSetting> settings;
  add_memory(limits, settings);
  if (limits.pids != 0) {
    const std::string pids = std::to_string(limits.pids);
    settings.push_back({"--pids-limit", "pids", "pids.max", pids, "pids.max", pids});
  }
  add_processor_time(limits, settings);
  const auto add_set = [&settings](const char* option, const char* file, const std::string& list) {
    if (!list.empty()) settings.push_back({option, "cpuset", file, list, file, list});
  };
  add_set("--cpuset-cpus", "cpuset.cpus", limits.cpuset_cpus);
  add_set("--cpuset-mems", "cpuset.mems", limits.cpuset_mems);
  return settings;
}

}  // namespace mbuild::builder
