#include "builder/sandbox/clone_child.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>

#include "registry/base/syscalls.h"

namespace mbuild::builder {

#if defined(__x86_64__)

namespace {

constexpr std::size_t stack_bytes = 64 << 10;

// The C library has no clone3. Called as a function, the system call would return twice on one stack and the
// child would overwrite what its maker returns to; so the child never returns from this block.
long clone3_on_stack(clone_args* arguments, void (*entry)(void*), void* argument) {
  long result = SYS_clone3;
  __asm__ volatile(
      "syscall\n\t"
      "test %%rax, %%rax\n\t"
      "jnz 1f\n\t"
      "mov %[argument], %%rdi\n\t"
      "call *%[entry]\n\t"
      "ud2\n"
      "1:"
      : "+a"(result)
      : "D"(arguments), "S"(sizeof *arguments), [entry] "r"(entry), [argument] "r"(argument)
      : "rcx", "r11", "memory", "cc");
  return result;
}

}  // namespace

pid_t clone_child(clone_args arguments, void (*entry)(void*), void* argument) {
  alignas(16) std::byte stack[stack_bytes];
  arguments.flags |= CLONE_VFORK | CLONE_VM;
  arguments.stack = reinterpret_cast<std::uintptr_t>(stack);
  arguments.stack_size = sizeof stack;
  const long result = clone3_on_stack(&arguments, entry, argument);
  if (result >= 0) return static_cast<pid_t>(result);
  errno = static_cast<int>(-result);
  return -1;
}

#else

pid_t clone_child(clone_args arguments, void (*entry)(void*), void* argument) {
  arguments.flags |= CLONE_VFORK;
  const pid_t pid = syscalls::clone3(arguments);
  if (pid == 0) entry(argument);
  return pid;
}

#endif

}  // namespace mbuild::builder
