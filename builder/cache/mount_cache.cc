#include "builder/cache/mount_cache.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "builder/cache/record.h"
#include "builder/cache/store_folder.h"
#include "registry/base/file_owner.h"
#include "registry/base/fs_at.h"
#include "registry/oci/digest.h"

// A cache is a folder: `info` (its key), `lock` (held while one of its directories is chosen or made), and
// the directories, each a numbered folder of `lock` (held by those who use it) and `fs`. There is more than
// one only after private steps ran side by side.
namespace mbuild::builder {

namespace {

Record record_of(const MountCacheKey& key) {
  Record record("mount");
  record.add("id", key.id);
  record.add("mode", key.mode);
  record.add("uid", key.uid);
  record.add("gid", key.gid);
  record.add("from", key.from);
  return record;
}

Result<Fd> open_cache_folder(int mounts, const MountCacheKey& key) {
  const Record record = record_of(key);
  const std::string name = identity_of(key).substr(0, 32);
  Fd folder = MBUILD_TRY(fs_at::make_directories(mounts, name, 0700));
  if (!read_record(folder.get(), "info", "mount", 64 << 10)) {
    MBUILD_CHECK(write_record(folder.get(), "info", record));
  }
  return folder;
}

bool is_number(const std::string& name) {
  return !name.empty() && name.size() < 9 && name.find_first_not_of("0123456789") == std::string::npos;
}

struct Chosen {
  std::string number;
  FileLock lock;
};

Result<std::optional<Chosen>> try_number(int folder, const std::string& number, LockKind kind) {
  auto lock = MBUILD_TRY(FileLock::try_take(folder, number + "/lock", kind));
  if (!lock) return std::nullopt;
  return Chosen{number, std::move(*lock)};
}

// The first of `numbers` that can be had.
Result<std::optional<Chosen>> first_free(int folder, const std::vector<std::string>& numbers, LockKind kind) {
  for (const std::string& number : numbers) {
    auto chosen = MBUILD_TRY(try_number(folder, number, kind));
    if (chosen) return chosen;
  }
  return std::nullopt;
}

// The directory that others share at this moment: those who share must meet in one.
Result<std::optional<Chosen>> shared_by_others(int folder, const std::vector<std::string>& numbers) {
  for (const std::string& number : numbers) {
    if (MBUILD_TRY(try_number(folder, number, LockKind::exclusive))) continue;  // nobody's; let go again
    auto chosen = MBUILD_TRY(try_number(folder, number, LockKind::shared));
    if (chosen) return chosen;
  }
  return std::nullopt;
}

Result<Chosen> make_number(int folder, const std::vector<std::string>& taken, LockKind kind) {
  std::size_t next = 0;
  for (const std::string& number : taken) next = std::max(next, std::stoul(number) + 1);
  const std::string number = std::to_string(next);
  MBUILD_CHECK(fs_at::make_directories(folder, number, 0700));
  auto chosen = MBUILD_TRY(try_number(folder, number, kind));
  if (!chosen) return fail(ErrorKind::internal, "a new directory is in use");
  return std::move(*chosen);
}

// Which directory a step gets; nullopt when it has to wait. The folder's lock is held.
Result<std::optional<Chosen>> choose(int folder, MountSharing sharing) {
  std::vector<std::string> numbers = MBUILD_TRY(fs_at::list(folder));
  std::erase_if(numbers, [](const std::string& name) { return !is_number(name); });
  const LockKind kind = sharing == MountSharing::shared ? LockKind::shared : LockKind::exclusive;

  if (sharing == MountSharing::shared) {
    auto chosen = MBUILD_TRY(shared_by_others(folder, numbers));
    if (chosen) return chosen;
  }
  auto chosen = MBUILD_TRY(first_free(folder, numbers, kind));
  if (chosen) return chosen;
  if (sharing == MountSharing::locked && !numbers.empty()) return std::nullopt;
  return std::optional<Chosen>(MBUILD_TRY(make_number(folder, numbers, kind)));
}

// `fs` of a numbered folder, made under another name first, so that what exists is complete.
Result<Fd> open_content(int folder, const std::string& number, const MountRequest& request) {
  const Fd directory = MBUILD_TRY(fs_at::open(folder, number, O_PATH | O_DIRECTORY, fs_at::Links::refuse));
  constexpr int flags = O_RDONLY | O_DIRECTORY;
  auto existing = MBUILD_TRY(fs_at::open_if_exists(directory.get(), "fs", flags, fs_at::Links::refuse));
  if (existing) return std::move(*existing);

  MBUILD_CHECK(fs_at::remove_tree(directory.get(), "new"));
  MBUILD_CHECK(fs_at::make_directories(directory.get(), "new", 0700));
  Fd content = MBUILD_TRY(fs_at::open(directory.get(), "new", flags, fs_at::Links::refuse));
  if (set_owner(content.get(), request.owner, request.group) != 0) return fail_errno(errno, "set the owner");
  if (::fchmod(content.get(), request.key.mode & 07777) != 0) return fail_errno(errno, "set the mode");
  if (request.fill) MBUILD_CHECK_AS("put in the initial content", request.fill(content.get()));
  if (::renameat(directory.get(), "new", directory.get(), "fs") != 0) return fail_errno(errno, "rename");
  return content;
}

}  // namespace

std::string identity_of(const MountCacheKey& key) {
  return oci::Digest::of(record_of(key).encode()).hex();
}

Result<std::optional<MountLease>> MountCache::find(const MountCacheKey& key) const {
  const std::string name = identity_of(key).substr(0, 32);
  const auto folder =
      MBUILD_TRY(fs_at::open_if_exists(dir_.get(), name, O_RDONLY | O_DIRECTORY, fs_at::Links::refuse));
  if (!folder) return std::nullopt;
  std::vector<std::string> numbers = MBUILD_TRY(fs_at::list(folder->get()));
  std::erase_if(numbers, [](const std::string& number) { return !is_number(number); });
  auto chosen = MBUILD_TRY(first_free(folder->get(), numbers, LockKind::shared));
  if (!chosen) return std::nullopt;
  auto root = MBUILD_TRY(fs_at::open_if_exists(folder->get(), chosen->number + "/fs", O_RDONLY | O_DIRECTORY,
                                               fs_at::Links::refuse));
  if (!root) return std::nullopt;
  return std::optional<MountLease>(MountLease(std::move(chosen->lock), std::move(*root)));
}

Result<MountCache> MountCache::open(const std::string& store_root) {
  return MountCache(MBUILD_TRY_AS("open the cache mounts", open_store_folder(store_root, "mounts")));
}

Result<MountLease> MountCache::acquire(const MountRequest& request) const {
  const std::string action = "open cache mount " + request.key.id;
  for (;;) {
    const Fd folder = MBUILD_TRY_AS(action, open_cache_folder(dir_.get(), request.key));
    FileLock folder_lock =
        MBUILD_TRY_AS(action, FileLock::take(folder.get(), "lock", LockKind::exclusive, request.cancel));
    auto chosen = MBUILD_TRY_AS(action, choose(folder.get(), request.sharing));
    if (chosen) {
      Fd root = MBUILD_TRY_AS(action, open_content(folder.get(), chosen->number, request));
      ::futimens(chosen->lock.fd(), nullptr);  // the time of the last use, for pruning; may be refused
      return MountLease(std::move(chosen->lock), std::move(root));
    }
    folder_lock.release();
    MBUILD_CHECK_AS(action, pause_between_tries(request.cancel));
  }
}

}  // namespace mbuild::builder
