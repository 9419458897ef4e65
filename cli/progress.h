// Progress of a build on stderr: plain (a log), tty (lines that are redrawn), rawjson (for programs) or
// quiet.
#pragma once

#include <cstdio>
#include <memory>
#include <string>

#include "builder/events.h"

namespace mbuild::cli {

enum class ProgressMode { automatic, plain, tty, json, quiet };

// nullopt-like: false when `text` names no mode.
bool parse_progress_mode(const std::string& text, ProgressMode& mode);

// `automatic` is tty when `out` is a terminal, else plain. `out` is borrowed.
std::unique_ptr<builder::BuildObserver> make_progress(ProgressMode mode, std::FILE* out);

}  // namespace mbuild::cli
