// Running programs of another architecture: by the kernel itself, or through binfmt_misc (the kernel's
// Documentation/admin-guide/binfmt-misc.rst).
#pragma once

#include <string>

#include "registry/base/result.h"
#include "registry/oci/platform.h"

namespace mbuild::builder {

inline constexpr const char* kBinfmtFolder = "/proc/sys/fs/binfmt_misc";

// Whether a step of `platform` can run on `host`: directly, or because an interpreter is registered in
// `binfmt` that is there whatever the step's root file system holds (flag F). `unsupported` otherwise, with
// what is missing and how to get it.
Result<void> check_can_run(const oci::Platform& platform, const oci::Platform& host,
                           const std::string& binfmt = kBinfmtFolder);

}  // namespace mbuild::builder
