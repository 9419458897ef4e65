// kaniko's ways to say how registries are spoken to, as mbuild's: a registries.json and a certs.d folder.
#pragma once

#include "builder/build.h"
#include "cli/kaniko_options.h"
#include "cli/temporary_folder.h"

namespace mbuild::cli {

// Writes both into `folder`, where an option asks for them, and tells the request of them. Without options
// the usual files hold.
Result<void> set_registries(const KanikoOptions& options, const TemporaryFolder& folder,
                            builder::BuildRequest& request);

}  // namespace mbuild::cli
