// Asking a registry whether a push would be allowed, by beginning an upload and giving it up.
#pragma once

#include "registry/remote/endpoint.h"

namespace mbuild::remote {

// Errors are those that a push would have ended with. Nothing is left at the registry but, where it does not
// let uploads be cancelled, an upload that it forgets in time.
Result<void> check_upload(const Endpoint& endpoint);

}  // namespace mbuild::remote
