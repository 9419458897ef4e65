// The system calls of the child of a step, without the C library's functions of the same names: sanitizers
// wrap those and keep books in memory that the child shares with the builder, but not about the same
// descriptors and signal handlers.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include <csignal>
#include <ctime>

namespace mbuild::builder::raw_calls {

// All as their namesakes, errno included.
inline int open(const char* path, int flags) {
  return static_cast<int>(::syscall(SYS_openat, AT_FDCWD, path, flags, 0));
}
inline int close(int descriptor) {
  return static_cast<int>(::syscall(SYS_close, descriptor));
}
inline ssize_t write(int descriptor, const void* data, std::size_t size) {
  return ::syscall(SYS_write, descriptor, data, size);
}
inline ssize_t send_message(int socket, const msghdr& message) {
  return ::syscall(SYS_sendmsg, socket, &message, 0);
}
inline int dup3(int descriptor, int as, int flags) {
  return static_cast<int>(::syscall(SYS_dup3, descriptor, as, flags));
}
// The lowest free descriptor from `least` on.
inline int duplicate_above(int descriptor, int least) {
  return static_cast<int>(::syscall(SYS_fcntl, descriptor, F_DUPFD, least));
}
inline int poll_once(pollfd& entry) {
  const timespec at_once{};
  return static_cast<int>(::syscall(SYS_ppoll, &entry, 1, &at_once, nullptr, 0));
}
[[noreturn]] inline void exit(int code) {
  for (;;) ::syscall(SYS_exit_group, code);
}

constexpr std::size_t signal_set_bytes = _NSIG / 8;

inline void set_default_handling(int signal) {
  const long zeros[16] = {};  // SIG_DFL, no flags, empty mask, whatever the order of the fields
  ::syscall(SYS_rt_sigaction, signal, zeros, nullptr, signal_set_bytes);
}
inline void unblock_all_signals() {
  const unsigned char empty[signal_set_bytes] = {};
  ::syscall(SYS_rt_sigprocmask, SIG_SETMASK, empty, nullptr, signal_set_bytes);
}

}  // namespace mbuild::builder::raw_calls
