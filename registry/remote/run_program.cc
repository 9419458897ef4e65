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

constexpr std::size_t kMaxOutput = 1 << 20;

// Killed and reaped, unless it was waited for.
class Child {
 public:
  explicit Child(pid_t pid) : pid_(pid) {}
  Child(const Child&) = delete;
  ~Child() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    wait();
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

class SpawnActions {
 public:
  SpawnActions() { posix_spawn_file_actions_init(&actions_); }
  SpawnActions(const SpawnActions&) = delete;
  ~SpawnActions() { posix_spawn_file_actions_destroy(&actions_); }
  posix_spawn_file_actions_t* get() { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_;
};

Result<pid_t> spawn(const std::vector<std::string>& arguments, int input_and_output) {
  SpawnActions actions;
  posix_spawn_file_actions_adddup2(actions.get(), input_and_output, 0);
  posix_spawn_file_actions_adddup2(actions.get(), input_and_output, 1);
  posix_spawn_file_actions_addopen(actions.get(), 2, "/dev/null", O_WRONLY, 0);
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  pid_t pid = 0;
  int errnum = posix_spawnp(&pid, argv[0], actions.get(), nullptr, argv.data(), environ);
  if (errnum != 0) return fail_errno(errnum, "run " + arguments[0]);
  return pid;
}

}  // namespace

Result<ProgramResult> run_program(const std::vector<std::string>& arguments, const std::string& input,
                                  std::chrono::milliseconds limit, const Cancellation& cancel) {
  // A socket pair rather than pipes: writing to a program that has ended must not raise SIGPIPE.
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) return fail_errno(errno, "socketpair");
  Fd ours(pair[0]);
  Fd theirs(pair[1]);
  Child child(MBUILD_TRY(spawn(arguments, theirs.get())));
  theirs.reset();

  auto deadline = Clock::now() + limit;
  std::string_view left = input;
  while (!left.empty()) {
    MBUILD_CHECK_AS("run " + arguments[0], wait_for(ours.get(), POLLOUT, deadline, cancel));
    ssize_t count = ::send(ours.get(), left.data(), left.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count < 0 && errno != EAGAIN && errno != EINTR) break;  // it wants no more: its output says why
    left.remove_prefix(count > 0 ? static_cast<std::size_t>(count) : 0);
  }
  ::shutdown(ours.get(), SHUT_WR);

  ProgramResult result;
  std::array<char, 4096> buffer;
  for (;;) {
    MBUILD_CHECK_AS("run " + arguments[0], wait_for(ours.get(), POLLIN, deadline, cancel));
    ssize_t count = ::recv(ours.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (count <= 0) break;
    result.output.append(buffer.data(), static_cast<std::size_t>(count));
    if (result.output.size() > kMaxOutput)
      return fail(ErrorKind::corrupt, fmt::format("run {}: it prints too much", arguments[0]));
  }
  result.exit_status = child.wait();
  return result;
}

}  // namespace mbuild::remote
