// Cloning a child that shares the builder's memory until it executes.
#pragma once

#include <linux/sched.h>
#include <sys/types.h>

namespace mbuild::builder {

// As clone3(2) with CLONE_VFORK: the child runs entry(argument), which must not return, while the calling
// thread waits for it to exec or exit. Where the machine allows, CLONE_VM is added: copying the page tables
// of a builder of 100 MB takes longer than all else that starting a step costs. Gives the child's pid, or -1
// and errno.
pid_t clone_child(clone_args arguments, void (*entry)(void*), void* argument);

}  // namespace mbuild::builder
