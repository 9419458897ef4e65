// What to say when a COPY, ADD or bind mount names a file that is not there.
#pragma once

#include <string_view>

#include "builder/context/source_tree.h"
#include "registry/base/result.h"

namespace mbuild::builder {

// `not_found` in BuildKit's words for `path` (below the tree's root), with a hint when the ignore file leaves
// it out, when it is a link to nowhere, or when a name beside it is spelt nearly the same.
Error missing_source(const SourceTree& tree, std::string_view path);

}  // namespace mbuild::builder
