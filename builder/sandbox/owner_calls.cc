#include "builder/sandbox/owner_calls.h"

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>

#include <cstddef>
#include <cstdint>

namespace mbuild::builder {

namespace {

constexpr int answered_calls[] = {
#ifdef SYS_chown
    SYS_chown,
#endif
#ifdef SYS_lchown
    SYS_lchown,
#endif
#ifdef SYS_stat
    SYS_stat,     SYS_lstat,
#endif
    SYS_fstat,    SYS_newfstatat, SYS_statx,     SYS_fchown,    SYS_fchownat,  SYS_setuid,    SYS_setgid,
    SYS_setreuid, SYS_setregid,   SYS_setresuid, SYS_setresgid, SYS_setfsuid,  SYS_setfsgid,  SYS_getuid,
    SYS_geteuid,  SYS_getgid,     SYS_getegid,   SYS_getresuid, SYS_getresgid, SYS_setgroups, SYS_getgroups};

#if defined(__x86_64__)
constexpr std::uint32_t own_architecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t own_architecture = AUDIT_ARCH_AARCH64;
#else
constexpr std::uint32_t own_architecture = 0;  // of no call: none is answered
#endif

}  // namespace

std::vector<sock_filter> owner_call_filter() {
  std::vector<sock_filter> program = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, own_architecture, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
  };
  for (const int number : answered_calls) {
    program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(number), 0, 1));
    program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF));
  }
  program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  return program;
}

}  // namespace mbuild::builder
