#include "builder/sandbox/network_helper.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <optional>
#include <utility>

#include "builder/sandbox/find_program.h"
#include "builder/sandbox/namespace_thread.h"
#include "builder/sandbox/network_keeper.h"
#include "registry/base/pipe.h"

namespace mbuild::builder {

namespace {

constexpr int start_milliseconds = 10'000;

// Never waits.
bool read_outcome(int outcome, int& status) {
  pollfd entry{outcome, POLLIN, 0};
  if (::poll(&entry, 1, 0) <= 0 || (entry.revents & POLLIN) == 0) return false;
  return ::read(outcome, &status, sizeof status) == sizeof status;
}

// The last line that says something: where there is no syslog, pasta says so of every line.
std::string complaint(int errors) {
  std::array<char, 4096> buffer;
  std::string text;
  for (ssize_t size; (size = ::read(errors, buffer.data(), buffer.size())) > 0;)
    text.append(buffer.data(), static_cast<std::size_t>(size));
  std::string last;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    std::string line = text.substr(begin, end - begin);
    begin = end + 1;
    if (!line.empty() && !line.starts_with("Failed to send")) last = std::move(line);
  }
  return last;
}

Result<pid_t> fork_keeper(const KeeperPlan& plan) {
  pid_t keeper = 0;
  NamespaceThread thread;
  const auto fork = [&]() -> Result<void> {
    keeper = ::fork();
    if (keeper == 0) run_keeper(plan);
    if (keeper < 0) return fail_errno(errno, "fork the keeper of a helper program");
    return {};
  };
  MBUILD_CHECK(thread.run(CLONE_NEWPID, fork));
  return keeper;
}

}  // namespace

std::vector<std::string> network_helper_arguments() {
  return {"pasta", "--config-net", "--quiet",
          // Nothing is let in, and the host's loopback addresses are not to be had under another name.
          "--tcp-ports", "none", "--udp-ports", "none", "--tcp-ns", "none", "--udp-ns", "none", "--no-map-gw",
          "--dns-forward", forwarded_name_server,
          // Else it would be the host's own, behind which the host could not be reached.
          "--address", "10.0.2.100", "--netmask", "24", "--gateway", "10.0.2.2", "--ns-ifname", "eth0",
          // As root it would become nobody, who may not enter the namespace.
          "--runas", "0", "--netns", "/proc/self/fd/3"};
}

Result<NetworkHelper> NetworkHelper::start(int network_namespace) {
  const std::optional<std::string> program = find_program("pasta");
  if (!program) return fail(ErrorKind::not_found, "pasta is not installed");
  std::vector<std::string> arguments = network_helper_arguments();
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  char* const environment[] = {nullptr};

  Pipe errors = MBUILD_TRY(make_pipe());
  Pipe lifeline = MBUILD_TRY(make_pipe());
  Pipe outcome = MBUILD_TRY(make_pipe());
  const pid_t keeper =
      MBUILD_TRY(fork_keeper({program->c_str(), argv.data(), environment, network_namespace,
                              errors.writer.get(), lifeline.reader.get(), outcome.writer.get()}));
  NetworkHelper helper(keeper, std::move(lifeline.writer), std::move(outcome.reader));
  outcome.writer.reset();
  errors.writer.reset();

  pollfd entry{helper.outcome_.get(), POLLIN, 0};
  int ready = 0;
  do {
    ready = ::poll(&entry, 1, start_milliseconds);
  } while (ready < 0 && errno == EINTR);
  int status = -1;
  if (ready > 0 && read_outcome(helper.outcome_.get(), status) && status == 0) return helper;
  helper.lifeline_.reset();
  const std::string said = complaint(errors.reader.get());
  return fail(ErrorKind::unsupported, "pasta does not start" + (said.empty() ? "" : ": " + said));
}

NetworkHelper::NetworkHelper(NetworkHelper&& other) noexcept
    : keeper_(std::exchange(other.keeper_, 0)),
      lifeline_(std::move(other.lifeline_)),
      outcome_(std::move(other.outcome_)) {}

NetworkHelper::~NetworkHelper() {
  if (keeper_ == 0) return;
  lifeline_.reset();
  while (::waitpid(keeper_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

bool NetworkHelper::has_ended() const {
  pollfd entry{outcome_.get(), 0, 0};
  return ::poll(&entry, 1, 0) > 0;
}

}  // namespace mbuild::builder
