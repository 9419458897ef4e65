#include "cli/lsp/child_build.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <climits>

#include "registry/base/pipe.h"

extern char** environ;

namespace mbuild::cli::lsp {

namespace {

pid_t spawn(const std::vector<std::string>& arguments, int input, int output) {
  std::vector<char*> words;
  for (const std::string& word : arguments) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input, 0);
  posix_spawn_file_actions_adddup2(&actions, output, 1);
  posix_spawn_file_actions_adddup2(&actions, output, 2);
  // The server ignores it; the build must not inherit that.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t defaults;
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGPIPE);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
  pid_t pid = -1;
  if (posix_spawn(&pid, words[0], &actions, &attributes, words.data(), environ) != 0) pid = -1;
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return pid;
}

void report_lines(std::string& partial, const BuildWatcher& watcher) {
  std::size_t begin = 0;
  for (std::size_t end; (end = partial.find('\n', begin)) != std::string::npos; begin = end + 1)
    watcher.on_line(partial.substr(begin, end - begin));
  partial.erase(0, begin);
}

}  // namespace

std::vector<std::string> build_arguments(const BuildOrder& order, const std::string& program, bool as_file) {
  std::vector<std::string> words = {program, "build", "--progress=plain", "-f", as_file ? order.path : "-"};
  if (!order.stage.empty()) words.push_back("--target=" + order.stage);
  words.insert(words.end(), order.arguments.begin(), order.arguments.end());
  words.push_back(order.context);
  return words;
}

ChildBuild::ChildBuild(std::vector<std::string> arguments, std::string input, BuildWatcher watcher) {
  Result<Pipe> in = make_pipe(), out = make_pipe();
  if (in && out) pid_ = spawn(arguments, in->reader.get(), out->writer.get());
  if (pid_ > 0) {
    pidfd_.reset(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
    input_ = std::move(in->writer);
    output_ = std::move(out->reader);
    ::fcntl(input_.get(), F_SETFL, O_NONBLOCK);
  }
  thread_ = std::thread([this, input = std::move(input), watcher = std::move(watcher)]() mutable {
    run(std::move(input), watcher);
  });
}

// A Dockerfile may be larger than a pipe: writing and reading take turns.
void ChildBuild::run(std::string input, const BuildWatcher& watcher) {
  std::size_t written = 0;
  std::string partial;
  char bytes[16 << 10];
  while (pid_ > 0) {
    if (written == input.size()) input_.reset();
    pollfd ends[2] = {{output_.get(), POLLIN, 0}, {input_.get(), POLLOUT, 0}};
    if (::poll(ends, 2, -1) < 0 && errno != EINTR) break;
    if (ends[1].revents != 0 && input_) {
      const ssize_t count = ::write(input_.get(), input.data() + written, input.size() - written);
      if (count > 0) written += static_cast<std::size_t>(count);
      if (count < 0 && errno != EAGAIN && errno != EINTR) input_.reset();
    }
    if (ends[0].revents == 0) continue;
    const ssize_t count = ::read(output_.get(), bytes, sizeof bytes);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    partial.append(bytes, static_cast<std::size_t>(count));
    report_lines(partial, watcher);
  }
  if (!partial.empty()) watcher.on_line(partial);
  int status = 0;
  int code = -1;
  if (pid_ > 0 && ::waitpid(pid_, &status, 0) == pid_)
    code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  ended_ = true;
  watcher.on_end(code);
}

void ChildBuild::cancel() {
  if (pidfd_ && !ended_) ::syscall(SYS_pidfd_send_signal, pidfd_.get(), SIGTERM, nullptr, 0);
}

ChildBuild::~ChildBuild() {
  cancel();
  if (thread_.joinable()) thread_.join();
}

std::string own_program() {
  char path[PATH_MAX];
  const ssize_t size = ::readlink("/proc/self/exe", path, sizeof path);
  return size > 0 ? std::string(path, static_cast<std::size_t>(size)) : "mbuild";
}

}  // namespace mbuild::cli::lsp
