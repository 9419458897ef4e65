// Options that docker buildx has and mbuild has not: each is refused by name, with what to do instead, or
// taken and ignored where it changes nothing.
#pragma once

#include "cli/command_line.h"

namespace mbuild::cli {

// They are not listed by --help; the README has the table.
void add_refused_options(CommandLine& line);

}  // namespace mbuild::cli
