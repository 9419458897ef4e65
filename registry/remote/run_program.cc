#include "registry/remote/run_program.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <array>

#include "registry/base/fd.h"
#include "registry/remote/socket.h"

extern char** environ;

namespace mbuild::remote {

namespace {

constexpr std::size_t kMostErrors = 64 << 10;
constexpr int kPollMilliseconds = 50;
constexpr int kMostLastReads = 1024;  // of 16 KB: more than a socket holds

// Killed with all it has started and reaped, unless it was waited for.
class Child {
 public:
  explicit Child(pid_t pid) : pid_(pid) {}
  Child(const Child&) = delete;
  ~Child() {
    if (pid_ <= 0) return;
    ::kill(-pid_, SIGKILL);
    wait();
  }
  bool ended() const {
    siginfo_t info{};
    return ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           info.si_pid == pid_;
  }
  int wait() {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

 private:
  pid_t pid_;
};

class SpawnAttributes {
 public:
  explicit SpawnAttributes(bool own_session) {
    posix_spawnattr_init(&attributes_);
    // A session's first process leads a group too.
    posix_spawnattr_setflags(&attributes_, own_session ? POSIX_SPAWN_SETSID : POSIX_SPAWN_SETPGROUP);
  }
  SpawnAttributes(const SpawnAttributes&) = delete;
  ~SpawnAttributes() { posix_spawnattr_destroy(&attributes_); }
  posix_spawnattr_t* get() { return &attributes_; }

 private:
  posix_spawnattr_t attributes_;
};

class SpawnActions {
 public:
  SpawnActions() { posix_spawn_file_actions_init(&actions_); }
  SpawnActions(const SpawnActions&) = delete;
  ~SpawnActions() { posix_spawn_file_actions_destroy(&actions_); }
  posix_spawn_file_actions_t* get() { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_;
};

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (const std::string& text : texts) result.push_back(const_cast<char*>(text.c_str()));
  result.push_back(nullptr);
  return result;
}

Result<pid_t> spawn(const ProgramRequest& request, int input_and_output, int errors) {
  SpawnAttributes attributes(request.own_session);
  SpawnActions actions;
  posix_spawn_file_actions_adddup2(actions.get(), input_and_output, 0);
  posix_spawn_file_actions_adddup2(actions.get(), input_and_output, 1);
  posix_spawn_file_actions_adddup2(actions.get(), errors, 2);
  std::vector<char*> argv = pointers(request.arguments);
  std::vector<char*> own = request.environment ? pointers(*request.environment) : std::vector<char*>();
  pid_t pid = 0;
  int errnum = posix_spawnp(&pid, argv[0], actions.get(), attributes.get(), argv.data(),
                            request.environment ? own.data() : environ);
  if (errnum != 0) return fail_errno(errnum, "run " + request.arguments[0]);
  return pid;
}

// Both ends of a socket pair rather than a pipe: writing to a program that has ended must not raise SIGPIPE.
struct Channel {
  Fd ours;
  Fd theirs;

  static Result<Channel> open() {
    int pair[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
      return fail_errno(errno, "socketpair");
    return Channel{Fd(pair[0]), Fd(pair[1])};
  }
};

Result<void> send_input(int fd, std::string_view left, Clock::time_point deadline,
                        const Cancellation& cancel) {
  while (!left.empty()) {
    MBUILD_CHECK(wait_for(fd, POLLOUT, deadline, cancel));
    ssize_t count = ::send(fd, left.data(), left.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count < 0 && errno != EAGAIN && errno != EINTR) break;  // it wants no more: its output says why
    left.remove_prefix(count > 0 ? static_cast<std::size_t>(count) : 0);
  }
  ::shutdown(fd, SHUT_WR);
  return {};
}

// What there is to read is appended; false when there is nothing more, now or ever.
bool take(int fd, std::string& text) {
  std::array<char, 16384> buffer;
  ssize_t count = ::recv(fd, buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (count <= 0) return count < 0 && errno == EINTR;
  text.append(buffer.data(), static_cast<std::size_t>(count));
  return true;
}

void keep_end(std::string& errors) {
  if (errors.size() > kMostErrors) errors.erase(0, errors.size() - kMostErrors);
}

// Until standard output ends and the program too: what it may leave running can hold standard error open.
Result<void> read_outputs(const Child& child, int output, int errors, const ProgramRequest& request,
                          Clock::time_point deadline, const Cancellation& cancel, ProgramResult& result) {
  std::array<pollfd, 2> ends{pollfd{output, POLLIN, 0}, pollfd{errors, POLLIN, 0}};
  bool ended = false;
  while (ends[0].fd >= 0 || !ended) {
    if (cancel.requested()) return fail(ErrorKind::cancelled, "cancelled");
    if (Clock::now() > deadline) return fail(ErrorKind::unavailable, "timed out");
    ended = child.ended();
    if (::poll(ends.data(), ends.size(), ended ? 0 : kPollMilliseconds) < 0 && errno != EINTR)
      return fail_errno(errno, "poll");
    if (ends[0].revents != 0 && !take(output, result.output)) ends[0].fd = -1;
    if (ends[1].revents != 0 && !take(errors, result.errors)) ends[1].fd = -1;
    if (result.output.size() > request.largest_output) return fail(ErrorKind::corrupt, "it prints too much");
    keep_end(result.errors);
  }
  // What the program itself wrote is there; what it left running may write for ever.
  for (int i = 0; i < kMostLastReads && ends[1].fd >= 0 && take(errors, result.errors); ++i)
    keep_end(result.errors);
  return {};
}

}  // namespace

Result<ProgramResult> run_program(const ProgramRequest& request, const Cancellation& cancel) {
  const std::string action = "run " + request.arguments[0];
  Channel data = MBUILD_TRY(Channel::open());
  Channel errors = MBUILD_TRY(Channel::open());
  Child child(MBUILD_TRY(spawn(request, data.theirs.get(), errors.theirs.get())));
  data.theirs.reset();
  errors.theirs.reset();

  auto deadline = Clock::now() + request.limit;
  MBUILD_CHECK_AS(action, send_input(data.ours.get(), request.input, deadline, cancel));
  ProgramResult result;
  MBUILD_CHECK_AS(action,
                  read_outputs(child, data.ours.get(), errors.ours.get(), request, deadline, cancel, result));
  result.exit_status = child.wait();
  return result;
}

Result<ProgramResult> run_program(const std::vector<std::string>& arguments, const std::string& input,
                                  std::chrono::milliseconds limit, const Cancellation& cancel) {
  ProgramRequest request;
  request.arguments = arguments;
  request.input = input;
  request.limit = limit;
  return run_program(request, cancel);
}

}  // namespace mbuild::remote
