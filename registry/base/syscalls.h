// System calls that the C library (glibc 2.36) has no function for, and the headers of the newer ones that it
// has. Kernel compatibility lives here alone.
//
// fsopen, fsconfig, fsmount, open_tree, move_mount and mount_setattr come from <sys/mount.h>, close_range
// from <unistd.h>. Do not include <linux/mount.h> or <linux/fs.h> beside this: they define the same types
// again.
//
// All give -1 and errno on failure, allocate nothing and are async-signal-safe. Descriptors are close-on-exec
// only where the flags say so.
#pragma once

#include <linux/openat2.h>
#include <linux/sched.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include <cstddef>

namespace mbuild::syscalls {

// openat2(2), Linux 5.6.
inline int openat2(int dir, const char* path, const open_how& how) {
  return static_cast<int>(::syscall(SYS_openat2, dir, path, &how, sizeof how));
}

// clone3(2), Linux 5.3. As after fork(2), only async-signal-safe functions may be called in the child of a
// program with threads. `arguments.stack` must be 0: the child goes on with a copy of the caller's stack, so
// CLONE_VM and CLONE_THREAD cannot be had.
inline pid_t clone3(const clone_args& arguments) {
  return static_cast<pid_t>(::syscall(SYS_clone3, &arguments, sizeof arguments));
}

// pidfd_send_signal(2), Linux 5.1. The <sys/pidfd.h> of glibc 2.36 declares it with C++ linkage.
inline int pidfd_send_signal(int pidfd, int signal) {
  return static_cast<int>(::syscall(SYS_pidfd_send_signal, pidfd, signal, nullptr, 0));
}

// pivot_root(2).
inline int pivot_root(const char* new_root, const char* put_old) {
  return static_cast<int>(::syscall(SYS_pivot_root, new_root, put_old));
}

// seccomp(2).
inline int seccomp(unsigned operation, unsigned flags, void* arguments) {
  return static_cast<int>(::syscall(SYS_seccomp, operation, flags, arguments));
}

}  // namespace mbuild::syscalls
