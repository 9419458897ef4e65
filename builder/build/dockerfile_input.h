// The Dockerfile of a build: found, read and parsed.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "builder/build.h"
#include "parser/parse.h"
#include "parser/stages.h"
#include "registry/base/result.h"

namespace mbuild::builder {

inline constexpr std::uint64_t kLargestDockerfile = 16 << 20;  // bytes

// The file's text, and what messages call it. A missing `Dockerfile` of the default name is looked for as
// `dockerfile` too (SEMANTICS A1).
Result<parser::Source> load_dockerfile(const BuildRequest& request);

// The first error among the diagnostics as an Error with its lines, further ones listed below it. Warnings go
// to `notice`.
Result<void> check_diagnostics(const std::vector<parser::Diagnostic>& diagnostics,
                               const parser::Source& source, std::string_view prefix,
                               const std::function<void(Notice)>& notice);

}  // namespace mbuild::builder
