// Texts as Go's fmt and time packages print them: history entries hold them, and image ids depend on it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mbuild::builder::go_format {

// strconv.Quote: double quotes, escapes for what is not printable, valid UTF-8 kept.
std::string quote(std::string_view text);

// `%q` of a []string: ["a" "b"].
std::string quote_list(const std::vector<std::string>& words);

// `%v` of a []string: [a b].
std::string list(const std::vector<std::string>& words);

// time.Duration.String: "0s", "1.5s", "1m30s", "2h0m0s", "500ms".
std::string duration(std::int64_t nanoseconds);

}  // namespace mbuild::builder::go_format
