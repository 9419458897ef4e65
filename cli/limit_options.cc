#include "cli/limit_options.h"

#include <charconv>
#include <optional>
#include <string_view>

#include "cli/option_values.h"

namespace mbuild::cli {

namespace {

std::optional<std::uint64_t> limit_value(std::string_view text) {
  if (text == "-1") return builder::ProcessLimit::unlimited;
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Result<void> set_memory(const LimitOptions& options, builder::ResourceLimits& limits) {
  if (!options.memory.empty()) {
    limits.memory_bytes = MBUILD_TRY_AS("--memory", parse_bytes(options.memory));
    constexpr std::uint64_t least = 4 << 20;
    if (limits.memory_bytes < least)
      return fail(ErrorKind::invalid_input, "--memory " + options.memory + ": a step needs 4m at least");
  }
  if (options.memory_swap.empty()) return {};
  const std::string action = "--memory-swap " + options.memory_swap;
  if (options.memory.empty()) return fail(ErrorKind::invalid_input, action + ": only with --memory");
  if (options.memory_swap == "-1") {
    limits.memory_swap_bytes = builder::ResourceLimits::unlimited;
    return {};
  }
  const std::uint64_t both = MBUILD_TRY_AS("--memory-swap", parse_bytes(options.memory_swap));
  if (both < limits.memory_bytes)
    return fail(ErrorKind::invalid_input,
                action + ": it is memory and swap together, and so no less than --memory");
  limits.memory_swap_bytes = static_cast<std::int64_t>(both);
  return {};
}

}  // namespace

void add_limit_options(CommandLine& line, LimitOptions& o) {
  const char* group = "Limits of each RUN step";
  const auto add = [&](const char* name, auto& target, const char* help, const char* type) {
    line.add_option(name, target, help).type_name(type).group(group);
  };
  add("-m,--memory", o.memory, "Memory (64m, 2g)", "BYTES");
  add("--memory-swap", o.memory_swap, "Memory and swap together, -1 for any swap (default: no swap)",
      "BYTES");
  add("--cpus", o.cpus, "Processors' worth of time", "NUMBER");
  add("-c,--cpu-shares", o.cpu_shares, "Share of processor time beside others (default 1024)", "SHARES");
  add("--cpu-quota", o.cpu_quota, "Microseconds of processor time in each period", "MICROSECONDS");
  add("--cpu-period", o.cpu_period, "Length of a period (default 100000)", "MICROSECONDS");
  add("--cpuset-cpus", o.cpuset_cpus, "Processors to run on (0-3,5)", "LIST");
  add("--cpuset-mems", o.cpuset_mems, "Memory nodes to use", "LIST");
  add("--pids-limit", o.pids, "Processes and threads at once, -1 for any", "NUMBER");
  add("--ulimit", o.ulimits, "Limit of setrlimit(2), such as nofile=1024:2048", "NAME=SOFT[:HARD]");
  add("--cgroup-parent", o.cgroup_parent, "Cgroup to make theirs in (default: mbuild's own)", "PATH");
}

Result<builder::ProcessLimit> parse_ulimit(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == 0 || equals == std::string::npos)
    return fail(ErrorKind::invalid_input, "--ulimit " + text + ": must be NAME=SOFT[:HARD]");
  const std::string_view values = std::string_view(text).substr(equals + 1);
  const std::size_t colon = values.find(':');
  const auto soft = limit_value(values.substr(0, colon));
  const auto hard = colon == std::string_view::npos ? soft : limit_value(values.substr(colon + 1));
  if (!soft || !hard)
    return fail(ErrorKind::invalid_input,
                "--ulimit " + text + ": the values are numbers, or -1 for unlimited");
  if (*soft > *hard)
    return fail(ErrorKind::invalid_input, "--ulimit " + text + ": the soft limit is above the hard one");
  return builder::ProcessLimit{text.substr(0, equals), *soft, *hard};
}

Result<builder::ResourceLimits> to_limits(const LimitOptions& options) {
  builder::ResourceLimits limits;
  MBUILD_CHECK(set_memory(options, limits));
  if (options.cpus < 0) return fail(ErrorKind::invalid_input, "--cpus: must be more than 0");
  if (options.cpus > 0 && (options.cpu_quota != 0 || options.cpu_period != 0))
    return fail(ErrorKind::invalid_input, "--cpus goes with neither --cpu-quota nor --cpu-period");
  limits.cpus = options.cpus;
  limits.cpu_shares = options.cpu_shares;
  limits.cpu_quota_us = options.cpu_quota;
  limits.cpu_period_us = options.cpu_period;
  limits.cpuset_cpus = options.cpuset_cpus;
  limits.cpuset_mems = options.cpuset_mems;
  limits.pids = options.pids > 0 ? static_cast<std::uint64_t>(options.pids) : 0;
  for (const std::string& text : options.ulimits) limits.processes.push_back(MBUILD_TRY(parse_ulimit(text)));
  if (options.cgroup_parent.find("..") != std::string::npos)
    return fail(ErrorKind::invalid_input, "--cgroup-parent " + options.cgroup_parent + ": no \"..\", please");
  limits.cgroup_parent = options.cgroup_parent;
  return limits;
}

}  // namespace mbuild::cli
