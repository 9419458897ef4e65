// Programs of this machine that the builder itself runs.
#pragma once

#include <optional>
#include <string>

namespace mbuild::builder {

// The first executable file of that name along $PATH, or nullopt.
std::optional<std::string> find_program(const std::string& name);

}  // namespace mbuild::builder
