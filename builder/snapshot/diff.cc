#include "builder/snapshot/diff.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "builder/snapshot/same_file.h"

namespace mbuild::builder {

namespace {

Result<void> restore_mtime(int directory, std::int64_t mtime) {
  const std::array<timespec, 2> times = {timespec{0, UTIME_OMIT}, timespec_of(mtime)};
  if (::futimens(directory, times.data()) != 0) return fail_errno(errno, "restore times");
  return {};
}

bool has_name(const std::vector<DirectoryEntry>& sorted, const std::string& name) {
  const auto found =
      std::lower_bound(sorted.begin(), sorted.end(), name,
                       [](const DirectoryEntry& entry, const std::string& n) { return entry.name < n; });
  return found != sorted.end() && found->name == name;
}

class Pruner {
 public:
  Pruner(int upper, const OverlayForm& form, LowerTree& lower) : upper_(upper), form_(form), lower_(lower) {}

  // A directory of the upper folder.
  struct Here {
    std::string path;
    std::int64_t mtime = 0;
    bool below = false;   // the lower tree has a directory of this path
    bool hidden = false;  // but nothing of it is seen: this or a directory above is opaque
  };

  // Gives whether anything is left in it.
  Result<bool> prune(Here here) {
    std::vector<DirectoryEntry> directories;
    Counts counts;
    {
      const Fd directory = MBUILD_TRY(open_directory(upper_, here.path));
      std::vector<DirectoryEntry> entries = MBUILD_TRY(read_directory(directory.get()));
      MBUILD_CHECK(take_opaque_mark(directory.get(), here));
      if (here.hidden && here.below) MBUILD_CHECK(expand_opaque(directory.get(), here, entries, counts));
      for (DirectoryEntry& entry : entries) {
        if (entry.status.is_directory()) {
          directories.push_back(std::move(entry));
        } else {
          MBUILD_CHECK_AS(join_path(here.path, entry.name), prune_file(here, directory.get(), entry, counts));
        }
      }
    }
    for (const DirectoryEntry& entry : directories) MBUILD_CHECK(prune_child(here, entry, counts));
    if ((counts.made != 0 || counts.removed != 0) && !here.path.empty()) {
      const Fd directory = MBUILD_TRY(open_directory(upper_, here.path));
      MBUILD_CHECK(restore_mtime(directory.get(), here.mtime));
    }
    return counts.left != 0;
  }

 private:
  struct Counts {
    std::size_t left = 0;
    std::size_t made = 0;
    std::size_t removed = 0;
  };

  Result<void> take_opaque_mark(int directory, Here& here) {
    if (here.path.empty() || !MBUILD_TRY(form_.is_opaque(directory))) return {};
    here.hidden = true;
    return form_.clear_opaque(directory);
  }

  // What the opaque directory hides and does not hold itself.
  Result<void> expand_opaque(int directory, const Here& here, const std::vector<DirectoryEntry>& entries,
                             Counts& counts) {
    for (const DirectoryEntry& below : MBUILD_TRY(lower_.list(here.path))) {
      if (has_name(entries, below.name)) continue;
      MBUILD_CHECK_AS(here.path, OverlayForm::make_whiteout(directory, below.name));
      ++counts.made;
      ++counts.left;
    }
    return {};
  }

  Result<void> prune_file(const Here& here, int directory, const DirectoryEntry& entry, Counts& counts) {
    if (MBUILD_TRY(is_change(here, directory, entry))) {
      ++counts.left;
      return {};
    }
    ++counts.removed;
    if (::unlinkat(directory, entry.name.c_str(), 0) != 0) return fail_errno(errno, "remove");
    return {};
  }

  Result<bool> is_change(const Here& here, int directory, const DirectoryEntry& entry) {
    if (S_ISSOCK(entry.status.mode)) return false;
    std::optional<DirectoryEntry> below;
    if (here.below) below = MBUILD_TRY(lower_.find(here.path, entry.name));
    if (OverlayForm::is_whiteout(entry.status.mode, entry.status.device)) return below.has_value();
    if (!below || !same_metadata(entry, *below)) return true;
    if (!entry.status.is_regular()) return false;
    const Fd ours(::openat(directory, entry.name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
    if (!ours) return fail_errno(errno, "open");
    const Fd theirs = MBUILD_TRY(lower_.open(join_path(here.path, entry.name)));
    return !MBUILD_TRY(same_content(ours.get(), theirs.get()));
  }

  Result<void> prune_child(const Here& parent, const DirectoryEntry& entry, Counts& counts) {
    Here here;
    here.path = join_path(parent.path, entry.name);
    here.mtime = entry.status.mtime;
    here.hidden = parent.hidden;
    std::optional<DirectoryEntry> below;
    if (parent.below) below = MBUILD_TRY(lower_.find(parent.path, entry.name));
    here.below = below && below->status.is_directory();
    if (MBUILD_TRY(prune(here)) || !here.below || !same_metadata(entry, *below)) {
      ++counts.left;
      return {};
    }
    ++counts.removed;
    const Fd directory = MBUILD_TRY(open_directory(upper_, parent.path));
    if (::unlinkat(directory.get(), entry.name.c_str(), AT_REMOVEDIR) != 0)
      return fail_errno(errno, here.path);
    return {};
  }

  int upper_;
  OverlayForm form_;
  LowerTree& lower_;
};

}  // namespace

Result<void> prune_unchanged(int upper, const OverlayForm& form, LowerTree& lower) {
  Pruner::Here root;
  root.below = true;
  MBUILD_TRY_AS("compare with the layers below", Pruner(upper, form, lower).prune(root));
  return {};
}

}  // namespace mbuild::builder
