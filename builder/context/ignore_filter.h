// Which ignore file applies to a build, and what it says.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "parser/ignore_file.h"
#include "registry/base/result.h"

namespace mbuild::builder {

struct IgnoreFilter {
  std::string file;                   // its name, for messages; empty when there is none
  std::vector<std::string> patterns;  // cleaned
  parser::PatternMatcher matcher;
};

// `<dockerfile>.dockerignore` in the Dockerfile's own directory, else `.dockerignore` at the top of the
// context; never both (SEMANTICS A9). Directories are borrowed descriptors; `dockerfile_directory` -1 (a
// Dockerfile that came as text) looks in the context alone. Bad patterns are `invalid_input` naming file and
// line. Symlinks are followed within the directory the file is looked for in.
Result<IgnoreFilter> load_ignore_filter(int context, int dockerfile_directory, std::string_view dockerfile);

}  // namespace mbuild::builder
