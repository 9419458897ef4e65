// Texts without what surrounds them.
#pragma once

#include <string_view>

namespace mbuild {

// Points into `text`, which may be all blanks.
inline std::string_view trim(std::string_view text, std::string_view blanks = " \t") {
  const std::size_t begin = text.find_first_not_of(blanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

}  // namespace mbuild
