// Cloning a child that shares the builder's memory until it executes.
#pragma once

#include <linux/sched.h>
#include <sys/types.h>

namespace mbuild::builder {

// As clone3(2) with CLONE_VFORK: the child runs entry(argument), which must not return, while the calling
// thread, which must have all signals blocked, waits for it to exec or exit. CLONE_VM is added, as copying
// the page tables of a builder of 100 MB takes longer than all else that starting a step costs; not where
// that would need code of our own for the machine (a cgroup is asked for, and it is no x86-64). `arguments`
// may hold flags, exit_signal, pidfd and cgroup. Where a seccomp filter hides clone3, clone(2) does, unless a
// cgroup is asked for. Gives the child's pid, or -1 and errno.
pid_t clone_child(clone_args arguments, void (*entry)(void*), void* argument);

}  // namespace mbuild::builder
