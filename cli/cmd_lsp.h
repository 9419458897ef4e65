// The verb `lsp`.
#pragma once

#include <string>
#include <vector>

namespace mbuild::cli {

// As the verbs of commands.h. Returns only to end the process: a thread may still wait for input.
int cmd_lsp(std::vector<std::string> arguments);

}  // namespace mbuild::cli
