// Who the files belong to that a step made, where owners are noted.
#pragma once

#include <sys/types.h>

#include "builder/snapshot/lower_tree.h"
#include "registry/base/result.h"

namespace mbuild::builder {

// A process that only believes to be another user makes files of root. Notes `uid` and `gid` as the owner of
// everything in `upper` that the tree below has not and that nobody gave to somebody else; below a
// set-group-ID directory its group instead of `gid`.
Result<void> note_creator(int upper, LowerTree& lower, uid_t uid, gid_t gid);

}  // namespace mbuild::builder
