// The automatic platform arguments: TARGETPLATFORM, BUILDARCH, ... (SEMANTICS A7).
#pragma once

#include <map>
#include <string>

#include "registry/oci/platform.h"

namespace mbuild::builder {

std::map<std::string, std::string> platform_args(const oci::Platform& build, const oci::Platform& target,
                                                 const std::string& target_stage);

}  // namespace mbuild::builder
