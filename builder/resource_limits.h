// ResourceLimits: how much of the machine one RUN step may use. They are no part of what a step is: a result
// that was made under other limits is as good.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#pragma GCC visibility push(default)

namespace mbuild::builder {

// As setrlimit(2) has it.
struct ProcessLimit {
  static constexpr std::uint64_t unlimited = ~std::uint64_t{0};

  std::string name;  // "nofile": RLIMIT_NOFILE in small letters, as docker's --ulimit
  std::uint64_t soft = 0;
  std::uint64_t hard = 0;
};

struct ResourceLimits {
  static constexpr std::int64_t unlimited = -1;

  std::uint64_t memory_bytes = 0;      // 0: no limit
  std::int64_t memory_swap_bytes = 0;  // memory and swap together; 0: no swap; `unlimited`
  std::uint64_t pids = 0;
  double cpus = 0;                  // of all processors' time, as a quota in the default period
  std::uint64_t cpu_shares = 0;     // 2 to 262144; 1024 is everybody's
  std::uint64_t cpu_quota_us = 0;   // microseconds in each period
  std::uint64_t cpu_period_us = 0;  // 0: 100000
  std::string cpuset_cpus;          // "0-2,4"
  std::string cpuset_mems;
  std::vector<ProcessLimit> processes;
  std::string cgroup_parent;  // path in the cgroup file systems; empty: beside the builder's own
  std::uint64_t shm_bytes = 64ull << 20;

  // Whether it takes a cgroup of the step's own.
  bool need_cgroup() const {
    return memory_bytes != 0 || pids != 0 || cpus > 0 || cpu_shares != 0 || cpu_quota_us != 0 ||
           cpu_period_us != 0 || !cpuset_cpus.empty() || !cpuset_mems.empty() || !cgroup_parent.empty();
  }
};

}  // namespace mbuild::builder

#pragma GCC visibility pop
