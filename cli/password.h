// Passwords from people and from pipes.
#pragma once

#include <string>

#include "registry/base/result.h"

namespace mbuild::cli {

// A line typed at the terminal of the process, without echo; the terminal is put right again whatever
// happens, signals included. `invalid_input`, saying `instead`, when there is no terminal.
Result<std::string> ask_password(const std::string& prompt, const std::string& instead);

// A line typed at the terminal, shown as it is typed.
Result<std::string> ask_line(const std::string& prompt, const std::string& instead);

// All of standard input without the line end at its end. `invalid_input` when that is nothing.
Result<std::string> read_password_from_stdin();

}  // namespace mbuild::cli
