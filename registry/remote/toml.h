// Toml: the part of TOML 1.0 that container tools are configured with - comments, tables, basic and literal
// strings of one line, booleans, integers, and arrays.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "registry/base/result.h"

namespace mbuild::remote {

struct TomlValue {
  std::variant<std::string, bool, std::int64_t, std::vector<TomlValue>> value;

  const std::string* text() const { return std::get_if<std::string>(&value); }
  const bool* boolean() const { return std::get_if<bool>(&value); }
  const std::vector<TomlValue>* array() const { return std::get_if<std::vector<TomlValue>>(&value); }
};

// One "key = value", with the table that it stands in.
struct TomlEntry {
  std::vector<std::string> table;  // [host."https://a".header] is {"host", "https://a", "header"}
  std::string key;
  TomlValue value;
  unsigned line = 0;
};

struct TomlDocument {
  std::vector<std::vector<std::string>> tables;  // every header, in order; those without entries too
  std::vector<TomlEntry> entries;                // in order
};

// `invalid_input` "<name>:<line>: ..." for anything else.
Result<TomlDocument> parse_toml(std::string_view text, const std::string& name);

}  // namespace mbuild::remote
