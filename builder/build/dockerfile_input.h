// What is wrong with the Dockerfile of a build, as its error and its notices.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "builder/check.h"
#include "builder/events.h"
#include "builder/plan/source_lines.h"
#include "registry/base/result.h"

namespace mbuild::builder {

inline constexpr std::uint64_t kLargestDockerfile = 16 << 20;  // bytes

// A frontend that is not built in, asked for by the file or by BUILDKIT_SYNTAX.
std::vector<parser::Diagnostic> frontend_problems(const BuildRequest& request, const parser::Source& source);

// The first error among the diagnostics as an Error with its lines, further ones listed below it. Warnings go
// to `notice`.
Result<void> check_diagnostics(const std::vector<parser::Diagnostic>& diagnostics,
                               const parser::Source& source, std::string_view prefix,
                               const std::function<void(Notice)>& notice);

}  // namespace mbuild::builder
