#include "builder/snapshot/baseline.h"

#include <fcntl.h>
#include <time.h>

#include <algorithm>

#include "registry/base/file_owner.h"
#include "registry/base/fs_at.h"

namespace mbuild::builder {

namespace {

// The kernel dates changes by its coarse clock. A change within the tick of the copy would have the copy's
// ctime.
void wait_for_next_tick() {
  const auto now = [] {
    timespec time{};
    ::clock_gettime(CLOCK_REALTIME_COARSE, &time);
    return std::pair(time.tv_sec, time.tv_nsec);
  };
  const auto start = now();
  while (now() == start) {
    const timespec pause{0, 500'000};
    ::nanosleep(&pause, nullptr);
  }
}

}  // namespace

Result<Baseline> Baseline::copy(MergedTree tree, int target) {
  Baseline baseline(std::move(tree));
  TreeCopier copier(target);
  MBUILD_CHECK_AS("copy the layers", baseline.copy_directory(copier, "", baseline.tree_.root()));
  MBUILD_CHECK_AS("copy the layers", copier.finish());
  MBUILD_CHECK_AS("copy the layers", baseline.remember_copy(target));
  wait_for_next_tick();
  return baseline;
}

Result<void> Baseline::copy_directory(TreeCopier& copier, const std::string& path,
                                      const std::vector<std::size_t>& layers) {
  std::vector<MergedEntry> entries = MBUILD_TRY(tree_.list(path, layers));
  Files files;
  for (MergedEntry& merged : entries) {
    const std::size_t layer = merged.layers.front();
    const std::string child = join_path(path, merged.entry.name);
    if (merged.entry.status.is_directory()) {
      MBUILD_CHECK(copier.make_directory(child, merged.entry.status));
      MBUILD_CHECK(copy_directory(copier, child, merged.layers));
    } else {
      MBUILD_CHECK(copier.copy(tree_.fs(layer), layer, child, merged.entry));
    }
    files.push_back({std::move(merged.entry), layer});
  }
  directories_.emplace(path, std::move(files));
  return {};
}

Result<void> Baseline::remember_copy(int target) {
  for (auto& [path, files] : directories_) {
    const Fd directory = MBUILD_TRY(open_directory(target, path));
    for (File& file : files) {
      auto status = MBUILD_TRY(fs_at::stat_if_exists(directory.get(), file.entry.name, fs_at::Links::refuse));
      if (status) read_owner_at(directory.get(), file.entry.name.c_str(), *status);
      if (status) file.entry.status = status_of(*status);
      file.missing = !status;
    }
  }
  return {};
}

const Baseline::File* Baseline::find_file(const std::string& directory, const std::string& name) const {
  const auto files = directories_.find(directory);
  if (files == directories_.end()) return nullptr;
  const auto found =
      std::lower_bound(files->second.begin(), files->second.end(), name,
                       [](const File& file, const std::string& n) { return file.entry.name < n; });
  return found != files->second.end() && found->entry.name == name ? &*found : nullptr;
}

Result<std::optional<DirectoryEntry>> Baseline::find(const std::string& directory, const std::string& name) {
  const File* file = find_file(directory, name);
  if (!file) return std::nullopt;
  return std::optional<DirectoryEntry>(file->entry);
}

Result<std::vector<DirectoryEntry>> Baseline::list(const std::string& directory) {
  std::vector<DirectoryEntry> entries;
  const auto files = directories_.find(directory);
  if (files == directories_.end()) return entries;
  for (const File& file : files->second) entries.push_back(file.entry);
  return entries;
}

Result<Fd> Baseline::open(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const bool top = slash == std::string::npos;
  const File* file = find_file(top ? "" : path.substr(0, slash), top ? path : path.substr(slash + 1));
  if (!file) return fail(ErrorKind::not_found, path);
  return fs_at::open(tree_.fs(file->layer), path, O_RDONLY | O_NOFOLLOW, fs_at::Links::refuse);
}

// Directories are made when there is something to put into them.
class Baseline::Collector {
 public:
  Collector(const Baseline& baseline, int target, int upper)
      : baseline_(baseline), target_(target), upper_(upper), copier_(upper) {}

  Result<void> collect(const std::string& path) {
    std::vector<DirectoryEntry> entries;
    {
      const Fd directory = MBUILD_TRY(open_directory(target_, path));
      entries = MBUILD_TRY(read_directory(directory.get()));
    }
    for (const DirectoryEntry& entry : entries) MBUILD_CHECK(collect_entry(path, entry));
    const auto files = baseline_.directories_.find(path);
    if (files == baseline_.directories_.end()) return {};
    for (const File& file : files->second) {
      const auto found = std::lower_bound(
          entries.begin(), entries.end(), file.entry.name,
          [](const DirectoryEntry& entry, const std::string& name) { return entry.name < name; });
      const bool there = found != entries.end() && found->name == file.entry.name;
      if (!there && !file.missing) MBUILD_CHECK(collect_deletion(path, file.entry.name));
    }
    return {};
  }

  Result<void> finish() { return copier_.finish(); }

 private:
  Result<void> collect_entry(const std::string& parent, const DirectoryEntry& entry) {
    const File* before = baseline_.find_file(parent, entry.name);
    const std::string path = join_path(parent, entry.name);
    const FileStatus& status = entry.status;
    if (status.is_directory()) {
      open_.push_back({path, status});
      const bool same = before && before->entry.status.is_directory() &&
                        before->entry.status.mode == status.mode && before->entry.status.uid == status.uid &&
                        before->entry.status.gid == status.gid;
      if (!same) MBUILD_CHECK(make_parents());
      MBUILD_CHECK(collect(path));
      if (made_ == open_.size()) --made_;
      open_.pop_back();
      return {};
    }
    if (before && before->entry.status.inode == status.inode && before->entry.status.ctime == status.ctime)
      return {};
    if (S_ISSOCK(status.mode)) return {};
    MBUILD_CHECK(make_parents());
    return copier_.copy(target_, 0, path, entry);
  }

  Result<void> collect_deletion(const std::string& parent, const std::string& name) {
    MBUILD_CHECK(make_parents());
    const Fd directory = MBUILD_TRY(open_directory(upper_, parent));
    return OverlayForm::make_whiteout(directory.get(), name);
  }

  Result<void> make_parents() {
    for (; made_ < open_.size(); ++made_) {
      MBUILD_CHECK(copier_.make_directory(open_[made_].first, open_[made_].second));
    }
    return {};
  }

  const Baseline& baseline_;
  int target_;
  int upper_;
  TreeCopier copier_;
  std::vector<std::pair<std::string, FileStatus>> open_;  // the directories on the way to the current one
  std::size_t made_ = 0;                                  // as many of them are in the upper folder
};

Result<void> Baseline::collect_changes(int target, int upper) const {
  Collector collector(*this, target, upper);
  MBUILD_CHECK_AS("find what changed", collector.collect(""));
  MBUILD_CHECK_AS("find what changed", collector.finish());
  return {};
}

}  // namespace mbuild::builder
