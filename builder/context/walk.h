// Walking a source tree.
#pragma once

#include "builder/context/source_file.h"
#include "builder/context/source_tree.h"
#include "registry/base/result.h"

namespace mbuild::builder {

// What to leave out of a walk, by paths from where it starts. Null: nothing.
struct WalkFilter {
  const parser::PatternMatcher* exclude = nullptr;     // --exclude
  const parser::PatternMatcher* unselected = nullptr;  // all that --parents does not ask for
};

// Fills in `directory.children`, all levels, of a directory of `tree`; `directory.children->path` says which.
// Symlinks are listed, not followed. What the tree's ignore patterns or `filter` leave out is not listed, but
// for directories above something that they let in again. The second and further names of a file are
// hardlinks to its first. Costs one stat a file; `threads` as WorkQueue has it.
// A path longer than PATH_MAX is `invalid_input`.
Result<void> walk(const SourceTree& tree, SourceFile& directory, const WalkFilter& filter, unsigned threads);

// The description of one file from its status, without anything that needs a further system call.
SourceFile describe_file(const SourceTree& tree, std::string name, const struct stat& status);

}  // namespace mbuild::builder
