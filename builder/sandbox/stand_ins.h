// StandIns: what takes the place of mounts where nothing can be mounted.
#pragma once

#include <sys/stat.h>

#include <optional>
#include <string>
#include <vector>

#include "builder/sandbox/mount_points.h"
#include "builder/sandbox/sandbox.h"
#include "builder/sandbox/spec.h"
#include "registry/base/fd.h"
#include "registry/base/loan.h"
#include "registry/base/result.h"

namespace mbuild::builder {

// Puts files and folders into a rootfs that nothing else uses meanwhile, and restores it afterwards. What was
// in their place is held, out of the step's sight, beside the rootfs.
//
// A read-only bind is a copy, so that whatever the step does to it reaches nobody. A writable folder is moved
// in, entry by entry, and back; it is locked meanwhile, for others would find it empty, and a LoanRecord
// beside the rootfs tells where its contents are. Sizes of tmpfs are not enforced. Used by one thread.
class StandIns {
 public:
  // `root` is borrowed and must be a folder beside which another can be made, on the same file system.
  explicit StandIns(int root) : root_(root), mount_points_(root) {}
  StandIns(const StandIns&) = delete;
  StandIns& operator=(const StandIns&) = delete;
  ~StandIns();  // restores, ignoring errors, what restore() did not

  // The standard folders, with the usual nodes in /dev as far as they can be made.
  Result<void> put_system_folders();
  // In any order of targets. Waits for writable folders that are in use until `cancelled`.
  Result<void> put_mounts(const std::vector<SandboxMount>& mounts, const StepCancelled& cancelled);

  // Once the step is over. The first error is given, after all that can be restored is.
  Result<void> restore();

 private:
  struct Entry {
    Fd parent;
    std::string name;
    std::string held;              // its name in the holding folder
    struct stat parent_status {};  // before anything was done to it
    Fd lent;                       // the folder whose contents were moved in, locked
    std::optional<LoanRecord> loan;
  };

  Result<void> put_mount(const SandboxMount& mount, const StepCancelled& cancelled);
  Result<void> put_bind(const SandboxMount& mount, const StepCancelled& cancelled);
  Result<Entry*> clear(std::string_view target, MountPoints::Kind kind);
  Result<void> make_holding_folder();
  Result<Fd> borrow(int source, const StepCancelled& cancelled);
  Result<void> restore(Entry& entry);

  int root_;
  MountPoints mount_points_;
  Fd proc_;
  Fd beside_;  // the folder that the rootfs is in
  std::string holding_name_;
  Fd holding_;
  std::vector<Entry> entries_;
};

}  // namespace mbuild::builder
