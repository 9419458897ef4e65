// The network of a step.
#pragma once

#include "registry/base/result.h"

namespace mbuild::builder {

// Brings up `lo`, which is down in a new network namespace. For the calling thread's network namespace.
Result<void> bring_up_loopback();

}  // namespace mbuild::builder
