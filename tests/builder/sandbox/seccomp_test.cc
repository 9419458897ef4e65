#include "builder/sandbox/seccomp.h"

#include <gtest/gtest.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstring>

namespace mbuild::builder {
namespace {

constexpr std::uint32_t x32_bit = 0x40000000;

// What the kernel would do with the program.
std::uint32_t evaluate(const std::vector<sock_filter>& program, const seccomp_data& data) {
  std::uint32_t accumulator = 0;
  for (std::size_t at = 0; at < program.size(); ++at) {
    const sock_filter& step = program[at];
    switch (step.code) {
      case BPF_LD | BPF_W | BPF_ABS:
        std::memcpy(&accumulator, reinterpret_cast<const char*>(&data) + step.k, sizeof accumulator);
        break;
      case BPF_JMP | BPF_JEQ | BPF_K:
        at += accumulator == step.k ? step.jt : step.jf;
        break;
      case BPF_JMP | BPF_JGE | BPF_K:
        at += accumulator >= step.k ? step.jt : step.jf;
        break;
      case BPF_JMP | BPF_JSET | BPF_K:
        at += (accumulator & step.k) != 0 ? step.jt : step.jf;
        break;
      case BPF_JMP | BPF_JA:
        at += step.k;
        break;
      case BPF_RET | BPF_K:
        return step.k;
      default:
        ADD_FAILURE() << "unexpected instruction " << step.code;
        return 0;
    }
  }
  ADD_FAILURE() << "the program does not end";
  return 0;
}

class SeccompTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto filter = SeccompFilter::docker_default();
    ASSERT_TRUE(filter) << filter.error().message();
    program_ = filter->program();
  }

  std::uint32_t verdict(int number, std::uint64_t first = 0,
                        std::uint32_t architecture = AUDIT_ARCH_X86_64) const {
    seccomp_data data{};
    data.nr = number;
    data.arch = architecture;
    data.args[0] = first;
    return evaluate(program_, data);
  }

  std::vector<sock_filter> program_;
};

constexpr std::uint32_t allowed = SECCOMP_RET_ALLOW;
constexpr std::uint32_t refused = SECCOMP_RET_ERRNO | EPERM;
constexpr std::uint32_t absent = SECCOMP_RET_ERRNO | ENOSYS;

#if defined(__x86_64__)

TEST_F(SeccompTest, AllowsWhatProgramsNeed) {
  for (const int number :
       {SYS_read, SYS_execve, SYS_fork, SYS_ptrace, SYS_chroot, SYS_arch_prctl, SYS_mknodat, SYS_setuid,
        SYS_openat2, SYS_close_range, SYS_futex, SYS_statx, SYS_io_setup}) {
    EXPECT_EQ(verdict(number), allowed) << number;
  }
}

TEST_F(SeccompTest, RefusesWhatReachesTheKernel) {
  for (const int number : {SYS_mount,
                           SYS_umount2,
                           SYS_keyctl,
                           SYS_add_key,
                           SYS_unshare,
                           SYS_setns,
                           SYS_bpf,
                           SYS_reboot,
                           SYS_swapon,
                           SYS_init_module,
                           SYS_kexec_load,
                           SYS_open_by_handle_at,
                           SYS_perf_event_open,
                           SYS_userfaultfd,
                           SYS_syslog,
                           SYS_pivot_root,
                           SYS_fsopen,
                           SYS_open_tree,
                           SYS_move_mount,
                           SYS_io_uring_setup,
                           SYS_clock_settime,
                           SYS_acct,
                           SYS_iopl,
                           SYS_vhangup,
                           SYS_quotactl,
                           SYS_mbind,
                           SYS_process_madvise}) {
    EXPECT_EQ(verdict(number), refused) << number;
  }
}

TEST_F(SeccompTest, LetsNewerCallsLookAbsent) {
  EXPECT_EQ(verdict(452), allowed);  // fchmodat2
  EXPECT_EQ(verdict(459), refused);  // lsm_get_self_attr
  EXPECT_EQ(verdict(466), allowed);  // removexattrat
  EXPECT_EQ(verdict(467), absent);
  EXPECT_EQ(verdict(100000), absent);
  EXPECT_EQ(verdict(-1), absent);
}

TEST_F(SeccompTest, RefusesCloneIntoNamespaces) {
  EXPECT_EQ(verdict(SYS_clone, 0x01200011), allowed);
  EXPECT_EQ(verdict(SYS_clone, 0x10000000), refused);  // CLONE_NEWUSER
  EXPECT_EQ(verdict(SYS_clone, 0x00020011), refused);  // CLONE_NEWNS
  EXPECT_EQ(verdict(SYS_clone3), absent);
}

TEST_F(SeccompTest, AllowsSomeSocketFamilies) {
  EXPECT_EQ(verdict(SYS_socket, 1), allowed);   // AF_UNIX
  EXPECT_EQ(verdict(SYS_socket, 10), allowed);  // AF_INET6
  EXPECT_EQ(verdict(SYS_socket, 16), allowed);  // AF_NETLINK
  EXPECT_EQ(verdict(SYS_socket, 38), refused);  // AF_ALG
  EXPECT_EQ(verdict(SYS_socket, 40), refused);  // AF_VSOCK
  EXPECT_EQ(verdict(SYS_socket, 46), refused);
}

TEST_F(SeccompTest, LooksAtTheHalfOfAnArgumentThatTheKernelLooksAt) {
  EXPECT_EQ(verdict(SYS_socket, 0x1'0000'0028), refused);  // AF_VSOCK, as the kernel takes an int
  EXPECT_EQ(verdict(SYS_socket, 0x1'0000'0001), allowed);
}

TEST_F(SeccompTest, AllowsSomePersonalities) {
  EXPECT_EQ(verdict(SYS_personality, 0), allowed);
  EXPECT_EQ(verdict(SYS_personality, 8), allowed);
  EXPECT_EQ(verdict(SYS_personality, 0x20008), allowed);
  EXPECT_EQ(verdict(SYS_personality, 0xffffffff), allowed);
  EXPECT_EQ(verdict(SYS_personality, 0x0040000), refused);  // ADDR_NO_RANDOMIZE
}

TEST_F(SeccompTest, JudgesTheOtherAbisByTheirOwnNumbers) {
  EXPECT_EQ(verdict(11, 0, AUDIT_ARCH_I386), allowed);   // execve
  EXPECT_EQ(verdict(21, 0, AUDIT_ARCH_I386), refused);   // mount
  EXPECT_EQ(verdict(102, 0, AUDIT_ARCH_I386), allowed);  // socketcall
  EXPECT_EQ(verdict(120, 0x10000000, AUDIT_ARCH_I386), refused);
  EXPECT_EQ(verdict(435, 0, AUDIT_ARCH_I386), absent);
  EXPECT_EQ(verdict(static_cast<int>(x32_bit | SYS_read)), verdict(SYS_read));
  EXPECT_EQ(verdict(static_cast<int>(x32_bit | SYS_mount)), refused);
  EXPECT_EQ(verdict(static_cast<int>(x32_bit | 452)), allowed);
}

TEST_F(SeccompTest, KillsUnknownAbis) {
  EXPECT_EQ(verdict(SYS_read, 0, AUDIT_ARCH_AARCH64), SECCOMP_RET_KILL_PROCESS);
}

#endif

TEST_F(SeccompTest, FitsTheKernelsLimit) {
  EXPECT_LE(program_.size(), BPF_MAXINSNS);
}

}  // namespace
}  // namespace mbuild::builder
