#include "builder/snapshot/creator.h"

#include <sys/stat.h>

#include <cerrno>

#include "builder/snapshot/overlay_form.h"
#include "registry/base/file_owner.h"

namespace mbuild::builder {

namespace {

class Notary {
 public:
  Notary(int upper, LowerTree& lower, uid_t uid, gid_t gid)
      : upper_(upper), lower_(lower), uid_(uid), gid_(gid) {}

  // `below`: the tree below has a directory of this path.
  Result<void> note(const std::string& path, bool below) {
    const Fd directory = MBUILD_TRY(open_directory(upper_, path));
    const gid_t group = MBUILD_TRY(group_of_new(directory.get()));
    const std::vector<DirectoryEntry> entries = MBUILD_TRY(read_directory(directory.get()));
    for (const DirectoryEntry& entry : entries) {
      std::optional<DirectoryEntry> old;
      if (below) old = MBUILD_TRY(lower_.find(path, entry.name));
      if (!old) MBUILD_CHECK_AS(join_path(path, entry.name), note_entry(directory.get(), entry, group));
      if (!entry.status.is_directory()) continue;
      MBUILD_CHECK(note(join_path(path, entry.name), old && old->status.is_directory()));
    }
    return {};
  }

 private:
  Result<gid_t> group_of_new(int directory) const {
    struct stat status {};
    if (::fstat(directory, &status) != 0) return fail_errno(errno, "stat a directory");
    read_owner(directory, status);
    return (status.st_mode & S_ISGID) != 0 ? status.st_gid : gid_;
  }

  Result<void> note_entry(int directory, const DirectoryEntry& entry, gid_t group) const {
    const FileStatus& status = entry.status;
    if (uid_ == 0 && group == 0) return {};
    if (status.uid != 0 || status.gid != 0 || S_ISSOCK(status.mode)) return {};
    if (OverlayForm::is_whiteout(status.mode, status.device)) return {};
    if (set_owner_at(directory, entry.name.c_str(), uid_, group) != 0)
      return fail_errno(errno, "note its owner");
    return {};
  }

  int upper_;
  LowerTree& lower_;
  uid_t uid_;
  gid_t gid_;
};

}  // namespace

Result<void> note_creator(int upper, LowerTree& lower, uid_t uid, gid_t gid) {
  return Notary(upper, lower, uid, gid).note("", true);
}

}  // namespace mbuild::builder
