// ChildPlan: all that the child of a step needs between clone and exec, worked out beforehand because the
// child may neither allocate nor call anything that is not async-signal-safe.
#pragma once

#include <linux/filter.h>
#include <sys/resource.h>
#include <sys/types.h>

#include <cstddef>
#include <cstdint>

namespace mbuild::builder {

struct ChildLimit {
  int resource = 0;  // RLIMIT_*
  rlimit values{};
};

// Plain pointers into memory of the caller that outlives the exec.
struct ChildPlan {
  // How the root is entered: pivot_root in the mount namespace that the child shares with its maker, or
  // chroot where there are no namespaces.
  enum class Root { pivot, chroot };
  Root root_by = Root::pivot;
  int root = -1;
  int proc_place = -1;    // where to mount the proc file system of the child's pid namespace; -1: nowhere
  int cgroup_place = -1;  // the same for the cgroup2 file system

  const int* cgroup_processes = nullptr;  // cgroup.procs files of the cgroups to enter
  std::size_t cgroup_processes_count = 0;

  int standard_input = -1;  // -1: /dev/null
  bool terminal = false;    // standard_input takes the place of the outputs, and controls the session
  int standard_output = -1;
  int standard_error = -1;
  int report = -1;  // ChildReports go here; closed by a successful exec

  const char* const* programs = nullptr;  // paths to try in turn, nullptr at the end
  char* const* arguments = nullptr;
  char* const* environment = nullptr;
  const char* directory = nullptr;

  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  const std::uint32_t* groups = nullptr;
  std::size_t groups_count = 0;
  bool set_groups = true;  // setgroups(2) is forbidden in some user namespaces

  // Where there is one id only: the filter whose listener answers for changes of owners and ids, and the
  // socket on which that listener is sent. The ids above are then believed, not had.
  const sock_fprog* owner_calls = nullptr;
  int owner_socket = -1;

  const ChildLimit* limits = nullptr;
  std::size_t limits_count = 0;

  bool mask_paths = true;
  bool reset_oom_score = false;  // the builder is protected from the OOM killer, its steps must not be
  std::uint64_t capabilities = 0;
  const sock_fprog* seccomp = nullptr;  // none when null
  bool no_new_privileges = false;       // without CAP_SYS_ADMIN only this allows a filter
};

// Where the child was when it failed, in the order of its work.
enum class ChildStage {
  cgroup,
  cgroup_namespace,
  proc,
  root,
  descriptors,
  masks,
  directory,
  owners,
  limits,
  seccomp,
  capabilities,
  identity,
  parent,   // the builder died meanwhile
  program,  // exec
  ready,    // no failure: exec comes next
};

struct ChildReport {
  ChildStage stage = ChildStage::ready;
  int errnum = 0;
  const char* path = nullptr;        // of the plan's or a constant: what errnum is about, or null
  bool interpreter_missing = false;  // `path` exists, but what its "#!" or ELF header asks for does not
  std::uint64_t inherited_peak_bytes =
      0;  // with `ready`: what the kernel counts as the step's peak memory already
};

}  // namespace mbuild::builder
