#include "builder/snapshot/layer_ledger.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>

#include "registry/base/fs_at.h"

namespace mbuild::builder {

namespace {

constexpr std::uint64_t kLargestLedger = 64 << 20;

// Where starting, pinning and making room meet (WorkArea).
Result<FileLock> hold_gate(const WorkArea& area, LockKind kind) {
  return MBUILD_TRY_AS("work", FileLock::take(area.work_folder(), WorkArea::kLockFile, kind));
}

// A line without its end was cut off, and pins nothing.
void add_lines(std::string_view text, std::set<std::string>& names) {
  for (std::size_t end = text.find('\n'); end != std::string_view::npos; end = text.find('\n')) {
    names.emplace(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
}

// A process that can be locked out of its own file is dead.
Result<void> add_pinned(int work, const std::string& session, std::set<std::string>& names) {
  const std::string path = session + "/" + WorkArea::kLockFile;
  const Fd file(::openat(work, path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!file && (errno == ENOENT || errno == ENOTDIR)) return {};
  if (!file) return fail_errno(errno, "open " + path);
  if (::flock(file.get(), LOCK_SH | LOCK_NB) == 0) return {};
  if (errno != EWOULDBLOCK) return fail_errno(errno, "lock " + path);
  const auto text = fs_at::read_file(work, path, fs_at::Links::refuse, kLargestLedger);
  if (!text && text.error().kind() == ErrorKind::not_found) return {};  // it ends
  if (!text) return std::unexpected(Error(text.error()));
  add_lines(*text, names);
  return {};
}

}  // namespace

// A line that did not fit on the disk is written over by the next.
Result<void> LayerLedger::write(const std::string& name) {
  const std::string line = name + "\n";
  const ssize_t written = ::pwrite(area_.lock_file(), line.data(), line.size(), size_);
  if (written != static_cast<ssize_t>(line.size()))
    return fail_errno(written < 0 ? errno : ENOSPC, "note the use of " + name);
  size_ += written;
  pinned_.insert(name);
  return {};
}

Result<void> LayerLedger::pin(const std::string& name) {
  {
    const std::lock_guard guard(mutex_);
    if (pinned_.contains(name)) return {};
  }
  return pin_made([&]() -> Result<std::string> { return name; });
}

Result<void> LayerLedger::pin_made(const std::function<Result<std::string>()>& make) {
  const std::lock_guard guard(mutex_);
  const FileLock gate = MBUILD_TRY(hold_gate(area_, LockKind::shared));
  const std::string name = MBUILD_TRY(make());
  if (pinned_.contains(name)) return {};
  return write(name);
}

Result<PinnedLayers> PinnedLayers::hold(const WorkArea& area) {
  const int work = area.work_folder();
  FileLock gate = MBUILD_TRY(hold_gate(area, LockKind::exclusive));
  std::set<std::string> names;
  for (const std::string& session : MBUILD_TRY(fs_at::list(work)))
    if (session != WorkArea::kLockFile) MBUILD_CHECK(add_pinned(work, session, names));
  return PinnedLayers(std::move(gate), std::move(names));
}

}  // namespace mbuild::builder
