// spdx_json(): the packages of an image as an SPDX 2.3 document (spdx.github.io/spdx-spec/v2.3).
#pragma once

#include <string>

#include "builder/build/package_database.h"

namespace mbuild::builder {

// `created` is RFC 3339, in UTC. A function of its arguments: the document's namespace is a digest of them.
std::string spdx_json(const InstalledPackages& installed, const std::string& created);

}  // namespace mbuild::builder
