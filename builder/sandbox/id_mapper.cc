#include "builder/sandbox/id_mapper.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <utility>

#include "registry/base/fs_at.h"
#include "registry/base/pipe.h"

extern char** environ;

namespace mbuild::builder {

namespace {

Result<void> wait_for(pid_t pid, const std::string& what) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) return fail_errno(errno, "wait for " + what);
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  return fail(ErrorKind::unsupported, what + " failed");
}

// What the tool says on standard error goes into the outcome, which is what the helper's standard error is.
Result<void> run_tool(const char* tool, pid_t target, const std::vector<IdMapLine>& lines) {
  std::vector<std::string> words{tool, std::to_string(target)};
  for (const IdMapLine& line : lines) {
    for (const std::uint32_t number : {line.inside, line.outside, line.count}) {
      words.push_back(std::to_string(number));
    }
  }
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t pid = 0;
  if (const int error = ::posix_spawnp(&pid, tool, nullptr, nullptr, arguments.data(), environ); error != 0) {
    return fail_errno(error, std::string("run ") + tool);
  }
  return wait_for(pid, tool);
}

Result<void> write_map(pid_t target, const char* file, const std::vector<IdMapLine>& lines) {
  const std::string path = "/proc/" + std::to_string(target) + "/" + file;
  const std::string text = id_map_text(lines);
  const Fd fd = MBUILD_TRY(fs_at::open_trusted(path, O_WRONLY));
  // The kernel takes a map only whole.
  if (::write(fd.get(), text.data(), text.size()) < 0) return fail_errno(errno, "write " + path);
  return {};
}

Result<void> write_maps(pid_t target, const IdMaps& maps) {
  if (maps.through_helpers) {
    MBUILD_CHECK(run_tool("newuidmap", target, maps.uids));
    return run_tool("newgidmap", target, maps.gids);
  }
  MBUILD_CHECK(write_map(target, "uid_map", maps.uids));
  return write_map(target, "gid_map", maps.gids);
}

// An outcome of no text is success.
[[noreturn]] void run_helper(pid_t target, const IdMaps& maps, const Fd& go, const Fd& outcome) {
  char byte = 0;
  if (::read(go.get(), &byte, 1) != 1) ::_exit(0);
  ::dup2(outcome.get(), STDERR_FILENO);
  const auto written = write_maps(target, maps);
  if (!written) {
    const std::string& text = written.error().message();
    [[maybe_unused]] const ssize_t size = ::write(outcome.get(), text.data(), text.size());
  }
  ::_exit(0);
}

}  // namespace

IdMapper::IdMapper(pid_t helper, Fd go, Fd outcome)
    : helper_(helper), go_(std::move(go)), outcome_(std::move(outcome)) {}

IdMapper::IdMapper(IdMapper&& other) noexcept
    : helper_(std::exchange(other.helper_, 0)),
      go_(std::move(other.go_)),
      outcome_(std::move(other.outcome_)) {}

IdMapper::~IdMapper() {
  go_.reset();
  if (helper_ != 0) [[maybe_unused]]
    const auto ended = wait_for(helper_, "the id mapper");
}

Result<IdMapper> IdMapper::start(const IdMaps& maps) {
  Pipe go = MBUILD_TRY(make_pipe());
  Pipe outcome = MBUILD_TRY(make_pipe());

  const pid_t target = ::getpid();
  const pid_t helper = ::fork();
  if (helper < 0) return fail_errno(errno, "fork");
  if (helper == 0) {
    go.writer.reset();
    run_helper(target, maps, go.reader, outcome.writer);
  }
  return IdMapper(helper, std::move(go.writer), std::move(outcome.reader));
}

Result<void> IdMapper::map() {
  if (::write(go_.get(), "g", 1) != 1) return fail_errno(errno, "ask for ids");
  std::string text;
  std::array<char, 1024> buffer;
  for (;;) {
    const ssize_t size = ::read(outcome_.get(), buffer.data(), buffer.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) break;
    text.append(buffer.data(), static_cast<std::size_t>(size));
  }
  if (text.empty()) return {};
  return fail(ErrorKind::unsupported, "map ids: " + text);
}

}  // namespace mbuild::builder
