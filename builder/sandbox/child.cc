#include "builder/sandbox/child.h"

#include <fcntl.h>
#include <linux/keyctl.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "builder/sandbox/capabilities.h"
#include "builder/sandbox/masked_paths.h"
#include "builder/sandbox/raw_calls.h"
#include "registry/base/syscalls.h"

namespace mbuild::builder {

namespace {

constexpr int report_descriptor = 3;
constexpr int owner_descriptor = 4;

[[noreturn]] void fail_child(int report, ChildReport what) {
  [[maybe_unused]] const ssize_t written = raw_calls::write(report, &what, sizeof what);
  raw_calls::exit(127);
}

void check(bool good, const ChildPlan& plan, ChildStage stage, const char* path = nullptr) {
  if (!good) fail_child(plan.report, {.stage = stage, .errnum = errno, .path = path});
}

// Handlers were reset by clone3 already; what was ignored still is.
void reset_signals() {
  for (int signal = 1; signal < _NSIG; ++signal) raw_calls::set_default_handling(signal);
}

void enter_cgroups(const ChildPlan& plan) {
  for (std::size_t i = 0; i < plan.cgroup_processes_count; ++i) {
    check(raw_calls::write(plan.cgroup_processes[i], "0", 1) == 1, plan, ChildStage::cgroup);
  }
}

int mount_new(const char* type, unsigned attributes) {
  const int context = ::fsopen(type, FSOPEN_CLOEXEC);
  if (context < 0) return -1;
  ::fsconfig(context, FSCONFIG_SET_STRING, "source", type, 0);  // what /proc/mounts shows
  if (::fsconfig(context, FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0) return -1;
  return ::fsmount(context, FSMOUNT_CLOEXEC, attributes);
}

// proc and cgroup2 show the namespaces of whoever mounts them, so the child must do it. The host's own proc
// has to be still there: in a user namespace the kernel allows a new one only beside an unobstructed old one.
void mount_own(const char* type, int place, unsigned attributes, const ChildPlan& plan) {
  if (place < 0) return;
  constexpr unsigned always = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
  const int mount = mount_new(type, always | attributes);
  check(mount >= 0, plan, ChildStage::proc, type);
  check(::move_mount(mount, "", place, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) == 0, plan,
        ChildStage::proc, type);
}

void enter_root(const ChildPlan& plan) {
  check(::fchdir(plan.root) == 0, plan, ChildStage::root);
  if (plan.root_by == ChildPlan::Root::pivot) {
    // The old root lands on top of the new one, from where it is taken away with all its mounts.
    check(syscalls::pivot_root(".", ".") == 0, plan, ChildStage::root);
    check(::umount2(".", MNT_DETACH) == 0, plan, ChildStage::root);
  } else {
    check(::chroot(".") == 0, plan, ChildStage::root);
  }
  check(::chdir("/") == 0, plan, ChildStage::root);
}

void become(int number, int descriptor, int flags, const ChildPlan& plan) {
  if (descriptor == number) return;  // dup3 would call that an error
  check(raw_calls::dup3(descriptor, number, flags) == number, plan, ChildStage::descriptors);
}

// A builder that was started without standard descriptors may have pipes where those belong.
int above_standard(int descriptor, const ChildPlan& plan) {
  if (descriptor > owner_descriptor) return descriptor;
  const int copy = raw_calls::duplicate_above(descriptor, owner_descriptor + 1);
  check(copy >= 0, plan, ChildStage::descriptors);
  return copy;
}

// From here on the child has nothing of the builder's but the pipes.
void arrange_descriptors(ChildPlan& plan) {
  plan.report = above_standard(plan.report, plan);
  if (plan.owner_calls != nullptr) plan.owner_socket = above_standard(plan.owner_socket, plan);
  plan.standard_output = above_standard(plan.standard_output, plan);
  plan.standard_error = above_standard(plan.standard_error, plan);
  // Not close-on-exec: it may come out as 0 itself. As any other number it is closed below.
  const int input = plan.standard_input < 0 ? raw_calls::open("/dev/null", O_RDONLY)
                                            : above_standard(plan.standard_input, plan);
  check(input >= 0, plan, ChildStage::descriptors, "/dev/null");
  become(STDIN_FILENO, input, 0, plan);
  become(STDOUT_FILENO, plan.terminal ? input : plan.standard_output, 0, plan);
  become(STDERR_FILENO, plan.terminal ? input : plan.standard_error, 0, plan);
  if (plan.terminal) check(::ioctl(STDIN_FILENO, TIOCSCTTY, 0) == 0, plan, ChildStage::descriptors);
  become(report_descriptor, plan.report, O_CLOEXEC, plan);
  plan.report = report_descriptor;
  unsigned last = report_descriptor;
  if (plan.owner_calls != nullptr) {
    become(owner_descriptor, plan.owner_socket, O_CLOEXEC, plan);
    plan.owner_socket = last = owner_descriptor;
  }
  check(::close_range(last + 1, ~0U, 0) == 0, plan, ChildStage::descriptors);
}

void mask(const char* path, const ChildPlan& plan) {
  if (::mount("/dev/null", path, nullptr, MS_BIND, nullptr) == 0 || errno == ENOENT) return;
  check(errno == ENOTDIR, plan, ChildStage::masks, path);
  check(::mount("tmpfs", path, "tmpfs", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) == 0, plan,
        ChildStage::masks, path);
}

void make_read_only(const char* path, const ChildPlan& plan) {
  if (::mount(path, path, nullptr, MS_BIND | MS_REC, nullptr) != 0) {
    check(errno == ENOENT, plan, ChildStage::masks, path);
    return;
  }
  constexpr unsigned long flags = MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC;
  check(::mount(nullptr, path, nullptr, flags, nullptr) == 0, plan, ChildStage::masks, path);
}

void hide_kernel(const ChildPlan& plan) {
  if (!plan.mask_paths) return;
  for (const char* path : masked_paths) mask(path, plan);
  for (const char* path : read_only_paths) make_read_only(path, plan);
}

// Only a protection of the builder's is undone; when even that is refused nothing is worse than before.
void reset_oom_score(const ChildPlan& plan) {
  if (!plan.reset_oom_score) return;
  const int file = raw_calls::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (file < 0) return;
  [[maybe_unused]] const ssize_t written = raw_calls::write(file, "0", 1);
  raw_calls::close(file);
}

// A magic link (/proc/self/fd/N) as working directory would lead to whatever the descriptor is.
void enter_directory(const ChildPlan& plan) {
  open_how how{};
  how.flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  const int directory = syscalls::openat2(AT_FDCWD, plan.directory, how);
  check(directory >= 0, plan, ChildStage::directory, plan.directory);
  check(::fchdir(directory) == 0, plan, ChildStage::directory, plan.directory);
  raw_calls::close(directory);
}

void send_descriptor(int socket, int descriptor, const ChildPlan& plan) {
  char byte = 0;
  iovec data{&byte, 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  __builtin_memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
  check(raw_calls::send_message(socket, message) == 1, plan, ChildStage::owners);
}

// Whoever has the listener answers from the next call of the kind on; the step must not be the one.
void hand_over_owner_calls(const ChildPlan& plan) {
  if (plan.owner_calls == nullptr) return;
  const int listener = static_cast<int>(
      ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, plan.owner_calls));
  check(listener >= 0, plan, ChildStage::owners);
  send_descriptor(plan.owner_socket, listener, plan);
  raw_calls::close(listener);
  raw_calls::close(plan.owner_socket);
}

// While the capabilities are there that raising one may take, and when no descriptor has to be opened any
// more.
void set_limits(const ChildPlan& plan) {
  for (std::size_t i = 0; i < plan.limits_count; ++i) {
    const ChildLimit& limit = plan.limits[i];
    check(::syscall(SYS_prlimit64, 0, limit.resource, &limit.values, nullptr) == 0, plan, ChildStage::limits);
  }
}

// The filter first: without no_new_privs it takes CAP_SYS_ADMIN to load it, and it allows all that follows.
void give_up_privileges(const ChildPlan& plan) {
  if (plan.no_new_privileges) {
    check(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, plan, ChildStage::seccomp);
  }
  if (plan.seccomp != nullptr) {
    check(syscalls::seccomp(SECCOMP_SET_MODE_FILTER, 0, const_cast<sock_fprog*>(plan.seccomp)) == 0, plan,
          ChildStage::seccomp);
  }
  const int error = limit_capabilities(plan.capabilities);
  errno = error;
  check(error == 0, plan, ChildStage::capabilities);
  if (plan.owner_calls != nullptr) return;
  if (plan.set_groups) {
    check(::syscall(SYS_setgroups, plan.groups_count, plan.groups) == 0, plan, ChildStage::identity);
  }
  check(::syscall(SYS_setresgid, plan.gid, plan.gid, plan.gid) == 0, plan, ChildStage::identity);
  check(::syscall(SYS_setresuid, plan.uid, plan.uid, plan.uid) == 0, plan, ChildStage::identity);
}

// After the change of ids, which clears it. The report pipe has lost its reader when the builder died before.
void die_with_builder(const ChildPlan& plan) {
  check(::prctl(PR_SET_PDEATHSIG, SIGKILL) == 0, plan, ChildStage::parent);
  pollfd pipe{plan.report, 0, 0};
  if (raw_calls::poll_once(pipe) > 0 && (pipe.revents & POLLERR) != 0) raw_calls::exit(127);
}

void report_ready(const ChildPlan& plan) {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const ChildReport ready{.stage = ChildStage::ready,
                          .inherited_peak_bytes = static_cast<std::uint64_t>(usage.ru_maxrss) * 1024};
  [[maybe_unused]] const ssize_t written = raw_calls::write(plan.report, &ready, sizeof ready);
}

// As execvp(3) looks along PATH: what is not there or may not be executed is passed over.
[[noreturn]] void execute(const ChildPlan& plan) {
  ChildReport failure{.stage = ChildStage::program, .errnum = ENOENT};
  for (const char* const* program = plan.programs; *program != nullptr; ++program) {
    ::execve(*program, plan.arguments, plan.environment);
    if (errno == ENOENT && ::faccessat(AT_FDCWD, *program, F_OK, 0) == 0) {
      fail_child(
          plan.report,
          {.stage = ChildStage::program, .errnum = ENOENT, .path = *program, .interpreter_missing = true});
    }
    if (errno == ENOENT || errno == ENOTDIR) continue;
    failure.errnum = errno;
    failure.path = *program;
    if (errno != EACCES) break;
  }
  fail_child(plan.report, failure);
}

}  // namespace

void run_child(const ChildPlan& shared_plan) {
  ChildPlan plan = shared_plan;
  reset_signals();
  ::setsid();
  ::umask(022);
  enter_cgroups(plan);
  if (plan.root_by == ChildPlan::Root::pivot) {
    check(::unshare(CLONE_NEWCGROUP) == 0, plan, ChildStage::cgroup_namespace);
  }
  mount_own("proc", plan.proc_place, 0, plan);
  mount_own("cgroup2", plan.cgroup_place, plan.mask_paths ? MOUNT_ATTR_RDONLY : 0, plan);
  enter_root(plan);
  arrange_descriptors(plan);
  hide_kernel(plan);
  reset_oom_score(plan);
  // Without a key ring of its own the step would possess the builder's. There may be no keys at all, or no
  // quota; the default filter then keeps the step from using any.
  ::syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, nullptr, 0, 0, 0);
  enter_directory(plan);
  hand_over_owner_calls(plan);
  set_limits(plan);
  give_up_privileges(plan);
  die_with_builder(plan);
  report_ready(plan);
  raw_calls::unblock_all_signals();
  execute(plan);
}

}  // namespace mbuild::builder
