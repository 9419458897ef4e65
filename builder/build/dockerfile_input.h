// What is wrong with the Dockerfile of a build, as its error and its notices.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "builder/check.h"
#include "builder/events.h"
#include "registry/base/result.h"

namespace mbuild::builder {

inline constexpr std::uint64_t kLargestDockerfile = 16 << 20;  // bytes

// Both ends of the range, as lines.
SourceLines lines_of(const parser::Source& source, parser::Range range);

// The first error among the diagnostics as an Error with its lines, further ones listed below it. Warnings go
// to `notice`.
Result<void> check_diagnostics(const std::vector<parser::Diagnostic>& diagnostics,
                               const parser::Source& source, std::string_view prefix,
                               const std::function<void(Notice)>& notice);

}  // namespace mbuild::builder
