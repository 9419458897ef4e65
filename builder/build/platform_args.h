// The automatic platform arguments: TARGETPLATFORM, BUILDARCH, ... (SEMANTICS A7). TARGETSTAGE is the stage
// graph's to add, which knows the stages' names.
#pragma once

#include <map>
#include <string>

#include "registry/oci/platform.h"

namespace mbuild::builder {

std::map<std::string, std::string> platform_args(const oci::Platform& build, const oci::Platform& target);

}  // namespace mbuild::builder
