#include "builder/sandbox/network_keeper.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>

#include "builder/sandbox/raw_calls.h"

namespace mbuild::builder {

namespace {

constexpr int kept_descriptor = 3;
constexpr int cannot_execute = 127;

void close_all_but(std::array<int, 4> kept) {
  std::ranges::sort(kept);
  unsigned next = 0;
  for (const int descriptor : kept) {
    const auto number = static_cast<unsigned>(descriptor);
    if (number > next) ::close_range(next, number - 1, 0);
    next = number + 1;
  }
  ::close_range(next, ~0U, 0);
}

[[noreturn]] void execute(const KeeperPlan& plan) {
  const int kept = raw_calls::duplicate_above(plan.kept, kept_descriptor + 1);
  const int errors = raw_calls::duplicate_above(plan.errors, kept_descriptor + 1);
  const int null = raw_calls::open("/dev/null", O_RDWR);
  const int above = raw_calls::duplicate_above(null, kept_descriptor + 1);
  const bool arranged =
      raw_calls::dup3(above, STDIN_FILENO, 0) >= 0 && raw_calls::dup3(above, STDOUT_FILENO, 0) >= 0 &&
      raw_calls::dup3(errors, STDERR_FILENO, 0) >= 0 && raw_calls::dup3(kept, kept_descriptor, 0) >= 0 &&
      ::close_range(kept_descriptor + 1, ~0U, 0) == 0;
  if (!arranged) raw_calls::exit(cannot_execute);
  for (int signal = 1; signal < _NSIG; ++signal) raw_calls::set_default_handling(signal);
  raw_calls::unblock_all_signals();
  ::execve(plan.program, plan.arguments, plan.environment);
  raw_calls::exit(cannot_execute);
}

int child_signals() {
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGCHLD);
  return ::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

// False when nothing is left. What the program left in the background falls to this process.
bool reap(pid_t program, int outcome) {
  for (;;) {
    int status = 0;
    const pid_t ended = ::waitpid(-1, &status, WNOHANG);
    if (ended == 0) return true;
    if (ended < 0 && errno != EINTR) return false;
    if (ended != program) continue;
    [[maybe_unused]] const ssize_t written = raw_calls::write(outcome, &status, sizeof status);
  }
}

}  // namespace

void run_keeper(const KeeperPlan& plan) {
  close_all_but({plan.kept, plan.errors, plan.lifeline, plan.outcome});
  ::setsid();
  const pid_t program = ::fork();  // this process came out of a whole fork and has one thread
  if (program == 0) execute(plan);
  if (program < 0) raw_calls::exit(1);
  raw_calls::close(plan.kept);
  raw_calls::close(plan.errors);
  const int signals = child_signals();
  while (reap(program, plan.outcome)) {
    pollfd entries[] = {{signals, POLLIN, 0}, {plan.lifeline, POLLIN, 0}};
    if (::poll(entries, 2, -1) < 0 && errno != EINTR) break;
    if (entries[1].revents != 0) break;
    signalfd_siginfo signal;
    while (::read(signals, &signal, sizeof signal) > 0) {
    }
  }
  raw_calls::exit(0);
}

}  // namespace mbuild::builder
