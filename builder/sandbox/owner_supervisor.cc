#include "builder/sandbox/owner_supervisor.h"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstring>
#include <span>
#include <system_error>
#include <utility>

#include "builder/sandbox/blocked_signals.h"
#include "builder/sandbox/owner_status.h"
#include "builder/sandbox/step_memory.h"
#include "registry/base/file_owner.h"
#include "registry/base/pipe.h"

namespace mbuild::builder {

namespace {

constexpr std::size_t most_groups = 65536;  // NGROUPS_MAX

std::uint32_t id_of(std::uint64_t argument) {
  return static_cast<std::uint32_t>(argument);
}

bool write_ids(const seccomp_notif& call, const IdSet& ids) {
  const std::uint32_t values[] = {ids.real, ids.effective, ids.saved};
  for (std::size_t i = 0; i < 3; ++i) {
    if (!write_memory(static_cast<pid_t>(call.pid), call.data.args[i],
                      std::as_bytes(std::span(&values[i], 1))))
      return false;
  }
  return true;
}

}  // namespace

OwnerSupervisor::OwnerSupervisor(Fd socket, Fd child_socket, Fd stop, Fd stop_writer, ProcessFiles files,
                                 Identity first)
    : socket_(std::move(socket)),
      child_socket_(std::move(child_socket)),
      stop_(std::move(stop)),
      stop_writer_(std::move(stop_writer)),
      files_(std::move(files)),
      identities_(files_.proc(), std::move(first)) {}

Result<std::unique_ptr<OwnerSupervisor>> OwnerSupervisor::start(Identity first) {
  int sockets[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) != 0)
    return fail_errno(errno, "make a socket pair");
  Fd socket(sockets[0]);
  Fd child_socket(sockets[1]);
  Pipe stop = MBUILD_TRY(make_pipe());
  ProcessFiles files = MBUILD_TRY(ProcessFiles::open());
  std::unique_ptr<OwnerSupervisor> supervisor(
      new OwnerSupervisor(std::move(socket), std::move(child_socket), std::move(stop.reader),
                          std::move(stop.writer), std::move(files), std::move(first)));
  try {
    const BlockedSignals blocked;  // other threads of the builder handle them
    supervisor->thread_ = std::thread([object = supervisor.get()] { object->run(); });
  } catch (const std::system_error& error) {
    return fail_errno(error.code().value(), "start a thread");
  }
  return supervisor;
}

OwnerSupervisor::~OwnerSupervisor() {
  stop_writer_.reset();
  if (thread_.joinable()) thread_.join();
}

void OwnerSupervisor::run() {
  ::unshare(CLONE_FS);  // a root directory of this thread's own
  if (!wait_for(socket_.get())) return;
  if (const Fd listener = receive_listener()) answer_calls(listener.get());
}

// False when there is nothing more to wait for.
bool OwnerSupervisor::wait_for(int descriptor) const {
  for (;;) {
    pollfd entries[] = {{descriptor, POLLIN, 0}, {stop_.get(), POLLIN, 0}};
    if (::poll(entries, 2, -1) < 0 && errno != EINTR) return false;
    if (entries[1].revents != 0) return false;
    if ((entries[0].revents & POLLIN) != 0) return true;
    if (entries[0].revents != 0) return false;
  }
}

Fd OwnerSupervisor::receive_listener() const {
  char byte = 0;
  iovec data{&byte, 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))];
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  if (::recvmsg(socket_.get(), &message, MSG_CMSG_CLOEXEC) < 0) return {};
  const cmsghdr* header = CMSG_FIRSTHDR(&message);
  if (header == nullptr || header->cmsg_type != SCM_RIGHTS) return {};
  int listener = -1;
  std::memcpy(&listener, CMSG_DATA(header), sizeof listener);
  return Fd(listener);
}

void OwnerSupervisor::answer_calls(int listener) {
  while (wait_for(listener)) {
    seccomp_notif call{};
    if (::ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call) != 0) continue;  // its process was killed
    const Answer result = answer(call);
    seccomp_notif_resp response{};
    response.id = call.id;
    response.val = result.value;
    if (result.by_kernel) response.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
    response.error = -result.error;
    ::ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
  }
}

OwnerSupervisor::Answer OwnerSupervisor::answer(const seccomp_notif& call) {
  if (is_status_call(call.data.nr)) {
    const auto error = answer_status_call(call, files_);
    return error ? Answer{0, *error} : Answer{.by_kernel = true};
  }
  Identity& who = identities_.of_thread(static_cast<pid_t>(call.pid));
  switch (call.data.nr) {
#ifdef SYS_chown
    case SYS_chown:
    case SYS_lchown:
#endif
    case SYS_fchown:
    case SYS_fchownat:
      return change_owner(call, who);
    default:
      return answer_ids(call, who);
  }
}

OwnerSupervisor::Answer OwnerSupervisor::answer_ids(const seccomp_notif& call, Identity& who) const {
  const auto& arguments = call.data.args;
  const auto thread = static_cast<pid_t>(call.pid);
  const bool privileged = who.is_privileged();
  const auto permitted = [](bool done) { return Answer{0, done ? 0 : EPERM}; };
  const auto one = [&](int i) { return id_of(arguments[i]); };
  switch (call.data.nr) {
    case SYS_getuid:
      return {who.users.real};
    case SYS_geteuid:
      return {who.users.effective};
    case SYS_getgid:
      return {who.groups.real};
    case SYS_getegid:
      return {who.groups.effective};
    case SYS_getresuid:
      return {0, write_ids(call, who.users) ? 0 : EFAULT};
    case SYS_getresgid:
      return {0, write_ids(call, who.groups) ? 0 : EFAULT};
    case SYS_setuid:
      return permitted(who.users.set(one(0), privileged));
    case SYS_setgid:
      return permitted(who.groups.set(one(0), privileged));
    case SYS_setreuid:
      return permitted(who.users.set_real_and_effective(one(0), one(1), privileged));
    case SYS_setregid:
      return permitted(who.groups.set_real_and_effective(one(0), one(1), privileged));
    case SYS_setresuid:
      return permitted(who.users.set_all(one(0), one(1), one(2), privileged));
    case SYS_setresgid:
      return permitted(who.groups.set_all(one(0), one(1), one(2), privileged));
    case SYS_setfsuid:
      return {who.users.set_file_access(one(0), privileged)};
    case SYS_setfsgid:
      return {who.groups.set_file_access(one(0), privileged)};
    case SYS_setgroups: {
      if (!privileged) return {0, EPERM};
      if (arguments[0] > most_groups) return {0, EINVAL};
      std::vector<gid_t> groups(arguments[0]);
      if (!groups.empty() && !read_memory(thread, arguments[1], std::as_writable_bytes(std::span(groups))))
        return {0, EFAULT};
      who.supplementary = std::move(groups);
      return {};
    }
    case SYS_getgroups: {
      const auto count = static_cast<std::int64_t>(who.supplementary.size());
      if (arguments[0] == 0 || count == 0) return {count};
      if (static_cast<std::int64_t>(id_of(arguments[0])) < count) return {0, EINVAL};
      const bool written = write_memory(thread, arguments[1], std::as_bytes(std::span(who.supplementary)));
      return {count, written ? 0 : EFAULT};
    }
    default:
      return {0, ENOSYS};
  }
}

OwnerSupervisor::Answer OwnerSupervisor::change_owner(const seccomp_notif& call, const Identity& who) const {
  const auto& arguments = call.data.args;
  const auto thread = static_cast<pid_t>(call.pid);
  if (!who.is_privileged()) return {0, EPERM};
  if (call.data.nr == SYS_fchown) {
    return change_owner_at(thread, static_cast<int>(arguments[0]), "", AT_EMPTY_PATH, id_of(arguments[1]),
                           id_of(arguments[2]));
  }
  const bool at = call.data.nr == SYS_fchownat;
  const auto path = read_text(thread, arguments[at ? 1 : 0], PATH_MAX);
  if (!path) return {0, EFAULT};
  if (at) {
    return change_owner_at(thread, static_cast<int>(arguments[0]), *path, static_cast<int>(arguments[4]),
                           id_of(arguments[2]), id_of(arguments[3]));
  }
#ifdef SYS_lchown
  const int flags = call.data.nr == SYS_lchown ? AT_SYMLINK_NOFOLLOW : 0;
#else
  const int flags = 0;
#endif
  return change_owner_at(thread, AT_FDCWD, *path, flags, id_of(arguments[1]), id_of(arguments[2]));
}

OwnerSupervisor::Answer OwnerSupervisor::change_owner_at(pid_t thread, int directory, const std::string& path,
                                                         int flags, uid_t uid, gid_t gid) const {
  if ((flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) != 0) return {0, EINVAL};
  if (path.empty() && (flags & AT_EMPTY_PATH) == 0) return {0, ENOENT};
  errno = 0;
  const ProcessFiles::Target target = path.empty()
                                          ? ProcessFiles::Target{files_.open_held(thread, directory), {}, {}}
                                          : files_.open_at(thread, directory, path, flags);
  if (!target.file) return {0, errno != 0 ? errno : EBADF};
  struct stat status {};
  if (::fstat(target.file.get(), &status) != 0) return {0, errno};
  if (S_ISREG(status.st_mode) || S_ISDIR(status.st_mode)) {
    return {0, set_owner(target.file.get(), uid, gid) == 0 ? 0 : errno};
  }
  if (!target.parent || target.name.empty())
    return {};  // a device or pipe by its descriptor: no place for a note
  return {0, set_owner_at(target.parent.get(), target.name.c_str(), uid, gid) == 0 ? 0 : errno};
}

}  // namespace mbuild::builder
