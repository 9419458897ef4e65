// The directories of a tree that is being unpacked from an archive that nobody vouches for.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "builder/snapshot/overlay_form.h"
#include "registry/base/fd.h"
#include "registry/base/result.h"
#include "registry/oci/entry.h"

namespace mbuild::builder {

// Finds and makes directories beneath the root, following symlinks within it (an absolute one starts at the
// root) but never out of it. Their metadata is set at the very end: making entries changes a directory's
// times and may need permissions that the archive does not grant.
class UnpackPaths {
 public:
  UnpackPaths(int root, const OverlayForm& form) : root_(root), form_(form) {}

  struct Place {
    std::shared_ptr<const Fd> directory;  // open with O_PATH
    std::string path;                     // the directory's own, free of symlinks
    std::string name;                     // in it
  };
  // Where the member of this clean, non-empty path goes. Directories that are missing are made, 0755 0:0.
  Result<Place> place(const std::string& path);
  // The same for a member that is there: nothing is made, a missing directory is `not_found`.
  Result<Place> find(const std::string& path);

  // Removes what is there under the name. Gives whether that was a whiteout.
  Result<bool> clear(const Place& place);
  // Makes the directory, or keeps the one that is there, and remembers its metadata.
  Result<void> add_directory(const Place& place, const oci::Entry& entry);
  void set_root(const oci::Entry& entry) { remember("", entry, false); }

  using SetMetadata = std::function<Result<void>(int directory, const oci::Entry& entry)>;
  // Calls `set` with every directory that still exists, open for reading.
  Result<void> finish(const SetMetadata& set) const;
  // Those that the archive had no member for, sorted.
  std::vector<std::string> implied() const;

 private:
  struct Directory {
    oci::Entry entry;
    bool implied = false;
  };
  Result<Place> locate(const std::string& path, bool make);
  Result<Fd> resolve(const std::string& path, bool make, std::string& real);
  Result<Fd> make_directory(int parent, const std::string& name, bool opaque);
  void remember(const std::string& path, const oci::Entry& entry, bool implied);

  int root_;
  OverlayForm form_;
  std::map<std::string, Directory> directories_;
  // The last directory: archives list members directory by directory.
  std::string last_path_;  // as the archive spells it
  std::string last_real_;
  std::shared_ptr<const Fd> last_;
};

}  // namespace mbuild::builder
