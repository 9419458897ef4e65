#include "parser/text_edit.h"

#include <algorithm>

namespace mbuild::parser {

std::string apply_edits(std::string_view text, std::vector<TextEdit> edits) {
  std::stable_sort(edits.begin(), edits.end(),
                   [](const TextEdit& a, const TextEdit& b) { return a.range.begin < b.range.begin; });
  std::string result;
  std::size_t done = 0;
  for (const TextEdit& edit : edits) {
    if (edit.range.begin < done || edit.range.end > text.size()) continue;
    result += text.substr(done, edit.range.begin - done);
    result += edit.text;
    done = edit.range.end;
  }
  result += text.substr(done);
  return result;
}

}  // namespace mbuild::parser
