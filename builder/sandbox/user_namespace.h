// Becoming root of a user namespace: how a user without privileges gets what rungs 2 and 3 need.
#pragma once

#include "builder/sandbox/sandbox.h"
#include "registry/base/result.h"

namespace mbuild::builder {

// Moves the whole process into a user namespace and a mount namespace of its own, where it is uid 0 and has
// all capabilities, as `buildah unshare` does for its child. From then on snapshots can be mounted and
// LinuxSandbox works; files that the process makes belong, outside, to the user or to subordinate ids.
//
// To be called at the start of a program, on its only thread, with the rung that probe_sandbox() gave:
// `subordinate_ids` maps uid 0 to the user and the ids from 1 on to the user's subordinate ids (through
// newuidmap and newgidmap; root of a container that may change ids maps those of the container, by itself),
// `single_id` maps uid 0 to the user and no other.
//
// Gives false, having done nothing, for the other rungs and in a user namespace that has CAP_SYS_ADMIN
// already. Root of the machine enters one, too: whoever asks for less gets it.
// After an error the process may be in the new namespaces without ids and should end.
Result<bool> enter_user_namespace(Rung rung);

// Whether this is the user namespace that the machine was started with.
bool is_in_first_user_namespace();

// Whether the programs that map subordinate ids are to be found along PATH.
bool can_map_subordinate_ids();

}  // namespace mbuild::builder
