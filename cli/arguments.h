// What every verb does with its arguments: parse them with CLI11, or print help, or say what is wrong.
#pragma once

#include <CLI/CLI.hpp>

#include <optional>
#include <string>
#include <vector>

namespace mbuild::cli {

// Parses; gives an exit code when the verb is done with that (help was printed: ok; bad usage: usage).
std::optional<int> parse_arguments(CLI::App& app, std::vector<std::string> arguments);

// "K=V" -> {K, V}; without '=' the value of the environment variable K, and nothing when that is not set.
std::optional<std::pair<std::string, std::string>> key_value_or_environment(const std::string& text);

}  // namespace mbuild::cli
