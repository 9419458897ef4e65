#include "builder/sandbox/seccomp_profile.h"

#include <seccomp.h>

namespace mbuild::builder::seccomp_profile {

namespace {

constexpr std::string_view names =
    "_llseek _newselect accept accept4 access adjtimex alarm bind brk capget capset chdir chmod chown "
    "chown32 chroot clock_adjtime clock_adjtime64 clock_getres clock_getres_time64 clock_gettime "
    "clock_gettime64 clock_nanosleep clock_nanosleep_time64 close close_range connect copy_file_range "
    "creat dup dup2 dup3 epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_pwait epoll_pwait2 "
    "epoll_wait epoll_wait_old eventfd eventfd2 execve execveat exit exit_group faccessat faccessat2 "
    "fadvise64 fadvise64_64 fallocate fanotify_mark fchdir fchmod fchmodat fchown fchown32 fchownat "
    "fcntl fcntl64 fdatasync fgetxattr flistxattr flock fork fremovexattr fsetxattr fstat fstat64 "
    "fstatat64 fstatfs fstatfs64 fsync ftruncate ftruncate64 futex futex_time64 futex_waitv futimesat "
    "get_robust_list get_thread_area getcpu getcwd getdents getdents64 getegid getegid32 geteuid "
    "geteuid32 getgid getgid32 getgroups getgroups32 getitimer getpeername getpgid getpgrp getpid "
    "getppid getpriority getrandom getresgid getresgid32 getresuid getresuid32 getrlimit getrusage "
    "getsid getsockname getsockopt gettid gettimeofday getuid getuid32 getxattr inotify_add_watch "
    "inotify_init inotify_init1 inotify_rm_watch io_cancel io_destroy io_getevents io_pgetevents "
    "io_pgetevents_time64 io_setup io_submit ioctl ioprio_get ioprio_set ipc kill landlock_add_rule "
    "landlock_create_ruleset landlock_restrict_self lchown lchown32 lgetxattr link linkat listen "
    "listxattr llistxattr lremovexattr lseek lsetxattr lstat lstat64 madvise membarrier memfd_create "
    "memfd_secret mincore mkdir mkdirat mknod mknodat mlock mlock2 mlockall mmap mmap2 mprotect "
    "mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedreceive_time64 mq_timedsend "
    "mq_timedsend_time64 mq_unlink mremap msgctl msgget msgrcv msgsnd msync munlock munlockall munmap "
    "name_to_handle_at nanosleep newfstatat open openat openat2 pause pidfd_open pidfd_send_signal pipe "
    "pipe2 pkey_alloc pkey_free pkey_mprotect poll ppoll ppoll_time64 prctl pread64 preadv preadv2 "
    "prlimit64 process_mrelease process_vm_readv process_vm_writev pselect6 pselect6_time64 ptrace "
    "pwrite64 pwritev pwritev2 read readahead readlink readlinkat readv recv recvfrom recvmmsg "
    "recvmmsg_time64 recvmsg remap_file_pages removexattr rename renameat renameat2 restart_syscall "
    "riscv_hwprobe rmdir rseq rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn "
    "rt_sigsuspend rt_sigtimedwait rt_sigtimedwait_time64 rt_tgsigqueueinfo sched_get_priority_max "
    "sched_get_priority_min sched_getaffinity sched_getattr sched_getparam sched_getscheduler "
    "sched_rr_get_interval sched_rr_get_interval_time64 sched_setaffinity sched_setattr sched_setparam "
    "sched_setscheduler sched_yield seccomp select semctl semget semop semtimedop semtimedop_time64 "
    "send sendfile sendfile64 sendmmsg sendmsg sendto set_robust_list set_thread_area set_tid_address "
    "setfsgid setfsgid32 setfsuid setfsuid32 setgid setgid32 setgroups setgroups32 setitimer setpgid "
    "setpriority setregid setregid32 setresgid setresgid32 setresuid setresuid32 setreuid setreuid32 "
    "setrlimit setsid setsockopt setuid setuid32 setxattr shmat shmctl shmdt shmget shutdown "
    "sigaltstack signalfd signalfd4 sigprocmask sigreturn socketcall socketpair splice stat stat64 "
    "statfs statfs64 statx symlink symlinkat sync sync_file_range syncfs sysinfo tee tgkill time "
    "timer_create timer_delete timer_getoverrun timer_gettime timer_gettime64 timer_settime "
    "timer_settime64 timerfd_create timerfd_gettime timerfd_gettime64 timerfd_settime timerfd_settime64 "
    "times tkill truncate truncate64 ugetrlimit umask uname unlink unlinkat uretprobe utime utimensat "
    "utimensat_time64 utimes vfork vmsplice wait4 waitid waitpid write writev";

constexpr ArchitectureName names_of_architectures[] = {
    {SCMP_ARCH_PPC64LE, "sync_file_range2"}, {SCMP_ARCH_PPC64LE, "swapcontext"},
    {SCMP_ARCH_ARM, "arm_fadvise64_64"},     {SCMP_ARCH_ARM, "arm_sync_file_range"},
    {SCMP_ARCH_ARM, "sync_file_range2"},     {SCMP_ARCH_ARM, "breakpoint"},
    {SCMP_ARCH_ARM, "cacheflush"},           {SCMP_ARCH_ARM, "set_tls"},
    {SCMP_ARCH_AARCH64, "arm_fadvise64_64"}, {SCMP_ARCH_AARCH64, "arm_sync_file_range"},
    {SCMP_ARCH_AARCH64, "sync_file_range2"}, {SCMP_ARCH_AARCH64, "breakpoint"},
    {SCMP_ARCH_AARCH64, "cacheflush"},       {SCMP_ARCH_AARCH64, "set_tls"},
    {SCMP_ARCH_X86_64, "arch_prctl"},        {SCMP_ARCH_X32, "arch_prctl"},
    {SCMP_ARCH_X86_64, "modify_ldt"},        {SCMP_ARCH_X32, "modify_ldt"},
    {SCMP_ARCH_X86, "modify_ldt"},           {SCMP_ARCH_S390, "s390_pci_mmio_read"},
    {SCMP_ARCH_S390, "s390_pci_mmio_write"}, {SCMP_ARCH_S390, "s390_runtime_instr"},
    {SCMP_ARCH_S390X, "s390_pci_mmio_read"}, {SCMP_ARCH_S390X, "s390_pci_mmio_write"},
    {SCMP_ARCH_S390X, "s390_runtime_instr"}, {SCMP_ARCH_RISCV64, "riscv_flush_icache"},
};

constexpr int recent_numbers[] = {
    451,  // cachestat
    452,  // fchmodat2
    453,  // map_shadow_stack
    454,  // futex_wake
    455,  // futex_wait
    456,  // futex_requeue
    457,  // statmount
    458,  // listmount
    462,  // mseal
    463,  // setxattrat
    464,  // getxattrat
    465,  // listxattrat
    466,  // removexattrat
};

// Holes, in the order of the numbers: DECnet (12), ECONET (19), ATMSVC (20), IRDA (23), WANPIPE (25),
// ISDN (34), CAIF (37), ALG (38) and VSOCK (40).
constexpr std::uint32_t socket_families[] = {
    0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 13, 14, 15, 16, 17, 18, 21,
    22, 24, 26, 27, 28, 29, 30, 31, 32, 33, 35, 36, 39, 41, 42, 43, 44, 45,
};

// PER_LINUX, PER_LINUX32, both with UNAME26, and the query.
constexpr std::uint32_t personalities[] = {0x0, 0x8, 0x20000, 0x20008, 0xffffffff};

}  // namespace

std::string_view allowed_names() {
  return names;
}

std::span<const ArchitectureName> allowed_names_of_architectures() {
  return names_of_architectures;
}

std::span<const int> allowed_recent_numbers() {
  return recent_numbers;
}

std::span<const std::uint32_t> allowed_socket_families() {
  return socket_families;
}

std::span<const std::uint32_t> allowed_personalities() {
  return personalities;
}

}  // namespace mbuild::builder::seccomp_profile
