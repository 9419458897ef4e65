#include "builder/sandbox/cgroup.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <thread>

#include "registry/base/fs_at.h"

namespace mbuild::builder {

namespace {

constexpr std::string_view prefix = "mbuild-";
constexpr int most_attempts = 1000;

void remove_folder(int parent, const std::string& name) {
  // The last process may be reaped a moment before the kernel counts it out.
  for (int attempt = 0; attempt < 100; ++attempt) {
    if (::unlinkat(parent, name.c_str(), AT_REMOVEDIR) == 0 || errno != EBUSY) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

void remove_leftovers(int parent) {
  const auto names = fs_at::list(parent);
  if (!names) return;
  for (const std::string& name : *names) {
    if (!name.starts_with(prefix)) continue;
    const auto folder = fs_at::open(parent, name, O_RDONLY | O_DIRECTORY, fs_at::Links::refuse);
    if (folder && ::flock(folder->get(), LOCK_EX | LOCK_NB) == 0) remove_folder(parent, name);
  }
}

}  // namespace

Cgroup::Cgroup(Fd parent, std::string name, Fd directory)
    : parent_(std::move(parent)), name_(std::move(name)), directory_(std::move(directory)) {}

Cgroup::~Cgroup() {
  if (directory_) remove_folder(parent_.get(), name_);
}

Result<Cgroup> Cgroup::make(const std::string& parent) {
  Fd directory = MBUILD_TRY(fs_at::open_trusted(parent, O_RDONLY | O_DIRECTORY));
  remove_leftovers(directory.get());
  const std::string start = std::string(prefix) + std::to_string(::getpid()) + "-";
  for (int attempt = 0; attempt < most_attempts; ++attempt) {
    std::string name = start + std::to_string(attempt);
    if (::mkdirat(directory.get(), name.c_str(), 0755) != 0) {
      if (errno == EEXIST) continue;
      return fail_errno(errno, "make a cgroup in " + parent);
    }
    // Until it is locked another builder may take it for a leftover.
    auto folder = fs_at::open(directory.get(), name, O_RDONLY | O_DIRECTORY, fs_at::Links::refuse);
    if (!folder || ::flock(folder->get(), LOCK_SH | LOCK_NB) != 0) continue;
    return Cgroup(std::move(directory), std::move(name), std::move(*folder));
  }
  return fail(ErrorKind::io, "make a cgroup in " + parent + ": all names are taken");
}

void Cgroup::sweep(const std::string& parent) {
  if (const auto directory = fs_at::open_trusted(parent, O_RDONLY | O_DIRECTORY))
    remove_leftovers(directory->get());
}

Result<void> Cgroup::write(const char* file, std::string_view value) const {
  const std::string action = std::string("write ") + file + " of a cgroup";
  const Fd fd = MBUILD_TRY_AS(action, fs_at::open(directory(), file, O_WRONLY, fs_at::Links::refuse));
  if (::write(fd.get(), value.data(), value.size()) < 0) return fail_errno(errno, action);
  return {};
}

Result<std::string> Cgroup::read(const char* file) const {
  const std::string action = std::string("read ") + file + " of a cgroup";
  const Fd fd = MBUILD_TRY_AS(action, fs_at::open(directory(), file, O_RDONLY, fs_at::Links::refuse));
  std::array<char, 4096> buffer;
  const ssize_t size = ::read(fd.get(), buffer.data(), buffer.size());
  if (size < 0) return fail_errno(errno, action);
  return std::string(buffer.data(), static_cast<std::size_t>(size));
}

std::optional<std::uint64_t> Cgroup::number(const char* file, std::string_view key) const {
  const auto text = read(file);
  if (!text) return std::nullopt;
  std::string_view rest = *text;
  while (!rest.empty()) {
    std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    if (!key.empty()) {
      if (!line.starts_with(key) || line.size() <= key.size() || line[key.size()] != ' ') continue;
      line.remove_prefix(key.size() + 1);
    }
    std::uint64_t value = 0;
    if (std::from_chars(line.data(), line.data() + line.size(), value).ec == std::errc()) return value;
  }
  return std::nullopt;
}

}  // namespace mbuild::builder
