// MountPoints: the places in a rootfs that mounts go on, made where they are missing and taken back after the
// step, so that they never reach a layer (SEMANTICS A12, "stubs"; BuildKit's executor/stubs.go).
#pragma once

#include <sys/stat.h>

#include <string>
#include <string_view>
#include <vector>

#include "registry/base/fd.h"
#include "registry/base/result.h"

namespace mbuild::builder {

// Every path is resolved within the root, which a hostile image cannot leave by symlinks, dangling or not.
// What is made gets its mode through the umask of the calling thread. Not thread-safe; the object may be used
// in another thread than the one that made it.
class MountPoints {
 public:
  enum class Kind { directory, file };

  // `root` is the root directory of the rootfs, borrowed; what is mounted below it is seen.
  explicit MountPoints(int root) : root_(root) {}

  // The place that `target` (absolute) names, after symlinks, opened O_PATH. What is missing is made: parents
  // 0755, files 0644, all of root's. `invalid_input` when there is a directory where a file is wanted or the
  // other way round, and for the root itself.
  Result<Fd> find_or_make(std::string_view target, Kind kind);

  // The same with the folder that the place is in and its name there, neither a symlink.
  struct Place {
    Fd fd;
    Fd parent;
    std::string name;
  };
  Result<Place> find_or_make_place(std::string_view target, Kind kind);

  // The directory `name` of the root, for the mounts that every step has. It stays when it had to be made,
  // as in BuildKit's layers. `invalid_input` when it is a symlink or no directory.
  Result<Fd> find_or_make_kept(const std::string& name);

  // From now on find_or_make refuses to give `directory` (borrowed) or to make anything in it.
  void forbid(int directory) { forbidden_ = directory; }

  // Removes what find_or_make made in the rootfs itself, unless the step put something there, and leaves the
  // parents' mtimes as if it had never been. What was made inside another mount stays: it may be shared.
  // Call it when the mounts are gone; later calls do nothing.
  void remove_unused();

 private:
  struct Stub {
    Fd parent;
    std::string name;
    Kind kind = Kind::directory;
  };

  class Walk;

  Result<void> check(int place, std::string_view target, Kind kind) const;
  Result<void> check_allowed(const struct stat& status, std::string_view target) const;

  int root_;
  int forbidden_ = -1;
  std::vector<Stub> stubs_;  // in the order that they were made
};

}  // namespace mbuild::builder
