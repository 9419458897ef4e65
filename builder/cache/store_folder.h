// The folders of a store that this library keeps (DESIGN.md, "The store").
#pragma once

#include <string>

#include "registry/base/fd.h"
#include "registry/base/result.h"

namespace mbuild::builder {

// Opens `<store_root>/<name>` (O_RDONLY | O_DIRECTORY), making what is missing. `name` is one component. A
// store root that is made here is for its owner alone: layers hold set-user-ID programs and private files.
Result<Fd> open_store_folder(const std::string& store_root, const std::string& name);

}  // namespace mbuild::builder
