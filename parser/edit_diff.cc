#include "parser/edit_diff.h"

#include <algorithm>
#include <string_view>

#include "parser/text_edit.h"

namespace mbuild::parser {

namespace {

using Lines = std::vector<std::string_view>;

// With their line breaks.
Lines split_lines(std::string_view text) {
  Lines lines;
  while (!text.empty()) {
    std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return lines;
}

struct Hunk {
  unsigned first_line;  // of the source, from 1
  std::uint32_t begin;  // whole lines
  std::uint32_t end;
  std::vector<TextEdit> edits;
};

// Edits that touch the same line, or lines next to each other, go together.
std::vector<Hunk> group(const Source& source, const std::vector<TextEdit>& edits) {
  std::vector<Hunk> hunks;
  auto size = static_cast<std::uint32_t>(source.text().size());
  for (const TextEdit& edit : edits) {
    unsigned first = source.line_of(edit.range.begin);
    unsigned last = source.line_of(edit.range.end);
    std::uint32_t begin = source.line_range(first).begin;
    std::uint32_t end = last < source.line_count() ? source.line_range(last + 1).begin : size;
    if (hunks.empty() || begin > hunks.back().end) hunks.push_back({first, begin, end, {}});
    hunks.back().end = std::max(hunks.back().end, end);
    hunks.back().edits.push_back(edit);
  }
  return hunks;
}

std::string changed_text(const Source& source, const Hunk& hunk) {
  std::vector<TextEdit> moved = hunk.edits;
  for (TextEdit& edit : moved) edit.range = {edit.range.begin - hunk.begin, edit.range.end - hunk.begin};
  return apply_edits(source.text({hunk.begin, hunk.end}), std::move(moved));
}

void append_lines(std::string& diff, char mark, const Lines& lines) {
  for (std::string_view line : lines) {
    diff += mark;
    diff += line;
    if (!line.ends_with('\n')) diff += "\n\\ No newline at end of file\n";
  }
}

std::string span_of(std::size_t first, std::size_t count) {
  // A side without lines is named by the line before it (POSIX diff).
  std::string text = std::to_string(count == 0 ? first - 1 : first);
  return count == 1 ? text : text + "," + std::to_string(count);
}

}  // namespace

std::string edit_diff(const Source& source, const std::vector<TextEdit>& edits) {
  std::string diff;
  std::ptrdiff_t moved = 0;  // lines that earlier hunks have added
  for (const Hunk& hunk : group(source, edits)) {
    std::string text = changed_text(source, hunk);
    Lines before = split_lines(source.text({hunk.begin, hunk.end}));
    Lines after = split_lines(text);
    auto [left, right] = std::mismatch(before.begin(), before.end(), after.begin(), after.end());
    std::size_t first = hunk.first_line + static_cast<std::size_t>(left - before.begin());
    before.erase(before.begin(), left);
    after.erase(after.begin(), right);
    while (!before.empty() && !after.empty() && before.back() == after.back()) {
      before.pop_back();
      after.pop_back();
    }
    if (before.empty() && after.empty()) continue;
    std::size_t now = static_cast<std::size_t>(static_cast<std::ptrdiff_t>(first) + moved);
    diff += "@@ -" + span_of(first, before.size()) + " +" + span_of(now, after.size()) + " @@\n";
    append_lines(diff, '-', before);
    append_lines(diff, '+', after);
    moved += static_cast<std::ptrdiff_t>(after.size()) - static_cast<std::ptrdiff_t>(before.size());
  }
  if (diff.empty()) return "";
  return "--- " + source.name() + "\n+++ " + source.name() + "\n" + diff;
}

}  // namespace mbuild::parser
