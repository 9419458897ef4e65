// Source patterns of COPY and ADD: which files of a tree a pattern names.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "builder/context/rooted_path.h"
#include "builder/context/source_tree.h"
#include "registry/base/result.h"

namespace mbuild::builder {

// One file or directory that a pattern names.
struct SourceMatch {
  std::string path;   // as named, below the root: what gives the copy its name
  RootedPath target;  // where its symlinks lead
};

// Resolves `pattern`, which is taken from the tree's root however it is written. Links in it, the last
// component included, and links that a wildcard matches are followed inside the root (fsutil copy.go,
// ResolveWildcards); wildcards do not look behind links. Matches are sorted. What the tree ignores is not
// there; a directory that it ignores is given all the same when something below may be let in again.
// No match of a wildcard is an empty list; anything that is named literally and missing is `not_found`, in
// BuildKit's words, with a hint.
Result<std::vector<SourceMatch>> match_sources(const SourceTree& tree, std::string_view pattern);

// The same for a path below the root that is no pattern.
Result<SourceMatch> follow_source(const SourceTree& tree, std::string path);

// Whether `pattern` has a wildcard. Unlike parser::has_wildcards(), an escape is none (moby
// dockerfile2llb/convert_copy.go, containsWildcards).
bool names_many(std::string_view pattern);

}  // namespace mbuild::builder
