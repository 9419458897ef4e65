// From the facade's Isolation to the sandbox's Rung.
#pragma once

#include "builder/isolation.h"
#include "builder/sandbox/sandbox.h"

namespace mbuild::builder {

static_assert(static_cast<int>(Isolation::root) == static_cast<int>(Rung::root));
static_assert(static_cast<int>(Isolation::subordinate_ids) == static_cast<int>(Rung::subordinate_ids));
static_assert(static_cast<int>(Isolation::single_id) == static_cast<int>(Rung::single_id));
static_assert(static_cast<int>(Isolation::chroot) == static_cast<int>(Rung::no_namespaces));

// The rung that `wanted` means on a machine of which `probe` tells. `unsupported` when it is a better one
// than the machine has.
Result<Rung> choose_rung(Isolation wanted, const SandboxProbe& probe);

}  // namespace mbuild::builder
