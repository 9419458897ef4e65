// The device nodes that an insecure step finds beside the usual ones.
#pragma once

#include "registry/base/result.h"

namespace mbuild::builder {

// Makes kmsg, cuse, fuse, kvm, net/tun, loop-control and loop devices, all those in use and eight more, in
// `dev` (BuildKit's util/entitlements/security).
Result<void> make_privileged_devices(int dev);

}  // namespace mbuild::builder
