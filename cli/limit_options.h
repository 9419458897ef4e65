// The options that limit what a RUN step may use of the machine: docker build's names.
#pragma once

#include <string>
#include <vector>

#include "builder/resource_limits.h"
#include "cli/command_line.h"
#include "registry/base/result.h"

namespace mbuild::cli {

struct LimitOptions {
  std::string memory, memory_swap, cpuset_cpus, cpuset_mems, cgroup_parent;
  std::vector<std::string> ulimits;
  double cpus = 0;
  std::uint64_t cpu_shares = 0, cpu_quota = 0, cpu_period = 0;
  std::int64_t pids = 0;
};

void add_limit_options(CommandLine& line, LimitOptions& options);

// `invalid_input` for values that mean nothing or contradict each other.
Result<builder::ResourceLimits> to_limits(const LimitOptions& options);

// "NAME=SOFT[:HARD]", -1 is unlimited (docker's go-units ulimit.go).
Result<builder::ProcessLimit> parse_ulimit(const std::string& text);

}  // namespace mbuild::cli
