// How the command line shows errors and figures to people.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "registry/base/result.h"

namespace mbuild::cli {

// Prints the error on stderr: the Dockerfile's excerpt when a line is to blame, the message, the hint.
// `dockerfile` is the text that the error's lines count in; without it the file the error names is read.
// Gives the exit code: interrupted for a cancelled build, else failed.
int report_error(const Error& error, const std::optional<std::string>& dockerfile = std::nullopt);

// The marked lines with two around them, as BuildKit prints it:
//    6 |     COPY . .
//    7 | >>> RUN make
std::string excerpt(const std::string& text, const SourceLines& lines);

std::string human_size(std::uint64_t bytes);  // "3.4 MB"; decimal units, as docker prints
std::string human_seconds(double seconds);    // "0.3s", "12.0s", "2m05s"

}  // namespace mbuild::cli
