#include "builder/sandbox/step_exit.h"

#include <sys/wait.h>

namespace mbuild::builder {

namespace {

constexpr std::uint64_t block_bytes = 512;  // of getrusage(2), whatever the file system's

std::chrono::nanoseconds nanoseconds(const timeval& time) {
  return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
}

// The kernel lets a process begin with the peak of the one that it was cloned from.
std::uint64_t peak_memory_bytes(const rusage& usage, const StepProcess& process, const StepCgroup& cgroup) {
  if (const auto counted = cgroup.peak_memory_bytes()) return *counted;
  const std::uint64_t peak = static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
  return peak > process.inherited_peak_bytes() ? peak : 0;
}

}  // namespace

StepExit exit_of(const StepProcess::Ended& ended, const StepProcess& process, const StepCgroup& cgroup,
                 std::chrono::nanoseconds wall) {
  StepExit exit;
  if (WIFSIGNALED(ended.wait_status)) {
    exit.signal = WTERMSIG(ended.wait_status);
    exit.code = 128 + exit.signal;
  } else {
    exit.code = WEXITSTATUS(ended.wait_status);
  }
  exit.out_of_memory = cgroup.out_of_memory();
  exit.resources.wall = wall;
  exit.resources.cpu = nanoseconds(ended.usage.ru_utime) + nanoseconds(ended.usage.ru_stime);
  exit.resources.read_bytes = static_cast<std::uint64_t>(ended.usage.ru_inblock) * block_bytes;
  exit.resources.written_bytes = static_cast<std::uint64_t>(ended.usage.ru_oublock) * block_bytes;
  exit.resources.peak_memory_bytes = peak_memory_bytes(ended.usage, process, cgroup);
  return exit;
}

}  // namespace mbuild::builder
