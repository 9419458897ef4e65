#include "builder/sandbox/clone_child.h"

#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>

#include "registry/base/syscalls.h"

namespace mbuild::builder {

namespace {

constexpr std::size_t stack_bytes = 64 << 10;

// ThreadSanitizer takes the C library's clone for a fork, and no longer believes the locks of the thread that
// called it.
#if defined(MBUILD_THREAD_SANITIZER)
constexpr bool may_use_library = false;
#else
constexpr bool may_use_library = true;
#endif

struct Start {
  void (*entry)(void*);
  void* argument;
};

int run(void* start) {
  const auto* what = static_cast<const Start*>(start);
  what->entry(what->argument);
  return 127;
}

// The C library's clone cannot put the child into a cgroup.
pid_t clone_with_library(const clone_args& arguments, Start& start, std::byte* stack) {
  const int flags = static_cast<int>(arguments.flags | arguments.exit_signal) | CLONE_VM;
  auto* pidfd = reinterpret_cast<int*>(arguments.pidfd);
  return ::clone(run, stack + stack_bytes, flags, &start, pidfd);
}

#if defined(__x86_64__)

// The C library has no clone3. Called as a function, the system call would return twice on one stack and the
// child would overwrite what its maker returns to; so the child never returns from this block.
long clone3_on_stack(const clone_args* arguments, int (*function)(void*), void* start) {
  long result = SYS_clone3;
  __asm__ volatile(
      "syscall\n\t"
      "test %%rax, %%rax\n\t"
      "jnz 1f\n\t"
      "mov %[start], %%rdi\n\t"
      "call *%[function]\n\t"
      "ud2\n"
      "1:"
      : "+a"(result)
      : "D"(arguments), "S"(sizeof *arguments), [function] "r"(function), [start] "r"(start)
      : "rcx", "r11", "memory", "cc");
  return result;
}

pid_t clone3(clone_args& arguments, Start& start, std::byte* stack) {
  arguments.flags |= CLONE_VM;
  arguments.stack = reinterpret_cast<std::uintptr_t>(stack);
  arguments.stack_size = stack_bytes;
  const long result = clone3_on_stack(&arguments, run, &start);
  if (result >= 0) return static_cast<pid_t>(result);
  errno = static_cast<int>(-result);
  return -1;
}

#else

pid_t clone3(clone_args& arguments, Start& start, std::byte*) {
  const pid_t pid = syscalls::clone3(arguments);
  if (pid == 0) ::_exit(run(&start));
  return pid;
}

#endif

}  // namespace

pid_t clone_child(clone_args arguments, void (*entry)(void*), void* argument) {
  alignas(16) std::byte stack[stack_bytes];
  arguments.flags |= CLONE_VFORK;
  Start start{entry, argument};
  if (may_use_library && (arguments.flags & CLONE_INTO_CGROUP) == 0) return clone_with_library(arguments, start, stack);
  return clone3(arguments, start, stack);
}

}  // namespace mbuild::builder
