// Tables of words and what they expand to.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "parser/expand.h"

namespace mbuild::parser::expand_rows {

// What a row expects: `text`, or an error with `message`.
struct Expected {
  std::string text;
  std::string message;
};
inline Expected gives(std::string text) {
  return {std::move(text), ""};
}
inline Expected fails(std::string message) {
  return {"", std::move(message)};
}

struct Row {
  std::string word;
  std::string variables;  // "NAME=value;NAME=value"
  Expected expected;
};

// The variables of most rows.
inline constexpr const char* usual = "A=alpha;E=;PATH=/bin:/usr/bin;FILE=/a/b/c.tar.gz;KOREAN=한국어;N=1.2.3";

inline std::map<std::string, std::string, std::less<>> read_variables(std::string_view text) {
  std::map<std::string, std::string, std::less<>> result;
  while (!text.empty()) {
    std::string_view one = text.substr(0, text.find(';'));
    text.remove_prefix(std::min(text.size(), one.size() + 1));
    result.emplace(one.substr(0, one.find('=')), one.substr(one.find('=') + 1));
  }
  return result;
}

inline VariableLookup lookup_in(std::string_view variables) {
  return [values = read_variables(variables)](std::string_view name) -> std::optional<std::string> {
    auto found = values.find(name);
    if (found == values.end()) return std::nullopt;
    return found->second;
  };
}

inline void check(const std::vector<Row>& rows, const ExpandOptions& options = {}) {
  for (const Row& row : rows) {
    auto result = expand(row.word, lookup_in(row.variables), options);
    if (!row.expected.message.empty()) {
      ASSERT_FALSE(result) << row.word << " gave " << result->text;
      EXPECT_EQ(result.error().message, row.expected.message) << row.word;
      EXPECT_LE(result.error().offset, row.word.size()) << row.word;
    } else {
      ASSERT_TRUE(result) << row.word << ": " << result.error().message;
      EXPECT_EQ(result->text, row.expected.text) << row.word;
    }
  }
}

inline constexpr const char* missing_brace = "syntax error: missing '}'";
inline constexpr const char* missing_slash = "syntax error: missing '/' in ${}";
inline constexpr const char* bad_substitution = "syntax error: bad substitution";
inline constexpr const char* single_quote =
    "unexpected end of statement while looking for matching single-quote";
inline constexpr const char* double_quote =
    "unexpected end of statement while looking for matching double-quote";

}  // namespace mbuild::parser::expand_rows
