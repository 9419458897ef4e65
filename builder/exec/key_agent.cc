#include "builder/exec/key_agent.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <utility>

#include "builder/exec/ssh_agent.h"
#include "registry/base/pipe.h"
#include "registry/remote/run_program.h"

namespace mbuild::builder {

namespace {

constexpr int kCannotRun = 127;  // as shells have it
constexpr std::chrono::seconds kLimit{10};
constexpr int kPollMilliseconds = 2;

std::string environment_path() {
  const char* path = std::getenv("PATH");
  return std::string("PATH=") + (path ? path : "/usr/bin:/bin");
}

Error not_installed(const std::string& program) {
  return Error(ErrorKind::unsupported,
               program + " cannot be run on this machine: --ssh with key files needs it")
      .with_hint("install the package openssh-client, or name the socket of an agent");
}

// A socket's address has room for 107 bytes, and the store may lie deep. By the number that /proc knows this
// process by, for programs that it starts.
Result<std::string> short_path(int folder) {
  std::error_code error;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self", error);
  if (error) return fail_errno(error.value(), "read /proc/self");
  return fmt::format("/proc/{}/fd/{}/agent", self.string(), folder);
}

// Runs between fork and exec, where only async-signal-safe functions may be called.
[[noreturn]] void become_agent(pid_t parent, int null, int errors, char* const* argv, char* const* envp) {
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  // Away from the terminal, whose interrupts are for the build to handle.
  const bool ready = ::setsid() >= 0 && ::dup2(null, 0) >= 0 && ::dup2(null, 1) >= 0 &&
                     ::dup2(errors, 2) >= 0 &&
                     // Where the program is set-group-ID, exec would otherwise forget the signal.
                     ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
                     ::prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && ::getppid() == parent;
  if (ready) ::execvpe(argv[0], argv, envp);
  ::_exit(kCannotRun);
}

std::string one_line(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const bool space = static_cast<unsigned char>(c) <= 0x20 || c == 0x7f;
    if (!space)
      result += c;
    else if (!result.empty() && result.back() != ' ')
      result += ' ';
  }
  while (result.ends_with(' ')) result.pop_back();
  return result;
}

Error refusal(const std::string& key, std::string_view said) {
  const auto says = [&](std::string_view part) { return said.find(part) != std::string_view::npos; };
  const std::string action = fmt::format("add key {} to an ssh agent: ", key);
  if (says("Enter passphrase"))
    return Error(ErrorKind::invalid_input, action + "it has a passphrase")
        .with_hint("add it to an agent with ssh-add, and give the agent");
  if (says("are too open"))
    return Error(ErrorKind::invalid_input, action + "its permissions let others read it")
        .with_hint("chmod 600 " + key);
  if (says("Permission denied")) return Error(ErrorKind::unauthorized, action + "permission denied");
  if (says("No such file")) return Error(ErrorKind::not_found, action + "there is no such file");
  if (says("Error loading key"))
    return Error(ErrorKind::invalid_input, action + "it is no private key that ssh-add can read");
  return Error(ErrorKind::invalid_input, action + one_line(said));
}

Result<void> add_key(const std::string& key, const std::string& socket, const remote::Cancellation& cancel) {
  remote::ProgramRequest request;
  // Absolute, for "-" is what comes from standard input.
  request.arguments = {"ssh-add", "-q", std::filesystem::absolute(key).string()};
  request.environment = {{environment_path(), "SSH_AUTH_SOCK=" + socket, "SSH_ASKPASS_REQUIRE=never",
                          "HOME=/dev/null", "LC_ALL=C"}};
  request.own_session = true;
  auto ran = remote::run_program(request, cancel);
  if (!ran && ran.error().kind() == ErrorKind::not_found) return std::unexpected(not_installed("ssh-add"));
  const remote::ProgramResult result = MBUILD_TRY(std::move(ran));
  if (result.exit_status != 0) return std::unexpected(refusal(key, result.errors));
  return {};
}

}  // namespace

Result<KeyAgent> KeyAgent::start(const std::vector<std::string>& keys, WorkArea& work,
                                 const remote::Cancellation& cancel) {
  WorkFolder folder = MBUILD_TRY(work.make_folder());
  std::string socket = MBUILD_TRY(short_path(folder.fd()));
  KeyAgent agent(std::move(folder), std::move(socket));
  MBUILD_CHECK(agent.launch());
  MBUILD_CHECK(agent.wait_until_it_listens(cancel));
  for (const std::string& key : keys) MBUILD_CHECK(add_key(key, agent.socket_, cancel));
  return agent;
}

Result<void> KeyAgent::launch() {
  Pipe errors = MBUILD_TRY(make_pipe(O_NONBLOCK));
  errors_ = std::move(errors.reader);
  const Fd theirs = std::move(errors.writer);
  const Fd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  if (!null) return fail_errno(errno, "open /dev/null");
  std::string path = environment_path();
  std::string locale = "LC_ALL=C";
  std::string program = "ssh-agent", foreground = "-D", address = "-a";
  const std::array<char*, 5> argv{program.data(), foreground.data(), address.data(), socket_.data(), nullptr};
  const std::array<char*, 3> envp{path.data(), locale.data(), nullptr};
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ < 0) return fail_errno(errno, "start ssh-agent");
  if (pid_ == 0) become_agent(parent, null.get(), theirs.get(), argv.data(), envp.data());
  return {};
}

Result<void> KeyAgent::wait_until_it_listens(const remote::Cancellation& cancel) {
  const auto deadline = std::chrono::steady_clock::now() + kLimit;
  while (!connect_to_agent(socket_)) {
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) == pid_) {
      pid_ = -1;
      const std::string cause = said();
      if (cause.empty() && WIFEXITED(status) && WEXITSTATUS(status) == kCannotRun)
        return std::unexpected(not_installed("ssh-agent"));
      return fail(ErrorKind::unavailable, "start ssh-agent: " + (cause.empty() ? "it has ended" : cause));
    }
    if (cancel.requested()) return fail(ErrorKind::cancelled, "cancelled");
    if (std::chrono::steady_clock::now() > deadline)
      return fail(ErrorKind::unavailable, "start ssh-agent: it does not listen. " + said());
    ::poll(nullptr, 0, kPollMilliseconds);
  }
  return {};
}

std::string KeyAgent::said() const {
  std::array<char, 400> text;
  const ssize_t size = ::read(errors_.get(), text.data(), text.size());
  return size > 0 ? one_line({text.data(), static_cast<std::size_t>(size)}) : std::string();
}

KeyAgent::KeyAgent(KeyAgent&& other) noexcept
    : folder_(std::move(other.folder_)),
      socket_(std::move(other.socket_)),
      errors_(std::move(other.errors_)),
      pid_(std::exchange(other.pid_, -1)) {}

KeyAgent& KeyAgent::operator=(KeyAgent&& other) noexcept {
  if (this == &other) return *this;
  end();
  folder_ = std::move(other.folder_);
  socket_ = std::move(other.socket_);
  errors_ = std::move(other.errors_);
  pid_ = std::exchange(other.pid_, -1);
  return *this;
}

KeyAgent::~KeyAgent() {
  end();
}

void KeyAgent::end() noexcept {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
}

}  // namespace mbuild::builder
