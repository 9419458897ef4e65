#include "parser/format_lines.h"

#include <algorithm>

#include "parser/characters.h"

namespace mbuild::parser {

namespace {

const std::vector<Heredoc>* heredocs_of(const Instruction& instruction) {
  if (const auto* run = std::get_if<RunInstruction>(&instruction.body)) return &run->heredocs;
  if (const auto* copy = std::get_if<CopyInstruction>(&instruction.body)) return &copy->heredocs;
  if (const auto* onbuild = std::get_if<OnbuildInstruction>(&instruction.body))
    return heredocs_of(*onbuild->inner);
  return nullptr;
}

std::string_view without_trailing_blanks(std::string_view text) {
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

std::string_view without_leading_blanks(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  return text;
}

}  // namespace

LineFormatter::LineFormatter(const Dockerfile& file, const FormatOptions& options)
    : file_(file), indent_(options.indent, ' ') {
  std::string_view text = file.source.text();
  std::size_t first = text.find('\n');
  line_break_ = first != std::string_view::npos && first > 0 && text[first - 1] == '\r' ? "\r\n" : "\n";
}

void LineFormatter::change(Range range, std::string text, EditGroup& edits) const {
  if (file_.source.text(range) != text) edits.push_back({range, std::move(text)});
}

unsigned LineFormatter::first_line(const Instruction& instruction) const {
  return file_.source.line_of(instruction.range.begin);
}

unsigned LineFormatter::last_line(const Instruction& instruction) const {
  const auto* heredocs = heredocs_of(instruction);
  if (heredocs && !heredocs->empty()) return file_.source.line_of(heredocs->front().body_range.begin) - 1;
  return file_.source.line_of(instruction.range.end);
}

Range LineFormatter::whole_line(unsigned number) const {
  std::uint32_t end = static_cast<std::uint32_t>(file_.source.text().size());
  if (number < file_.source.line_count()) end = file_.source.line_range(number + 1).begin;
  return {file_.source.line_range(number).begin, end};
}

bool LineFormatter::is_blank_line(unsigned number) const {
  return trim(line(number)).empty();
}

void LineFormatter::tidy(const Instruction& instruction, EditGroup& edits) const {
  unsigned first = first_line(instruction);
  unsigned last = last_line(instruction);
  Range begin{file_.source.line_range(first).begin, instruction.range.begin};
  if (!file_.source.text(begin).starts_with("\xEF\xBB\xBF")) change(begin, "", edits);
  for (unsigned number = first; number <= last; ++number) {
    std::string_view text = line(number);
    if (number > first && is_blank_line(number)) {
      change(whole_line(number), "", edits);
      continue;
    }
    std::string_view kept = without_trailing_blanks(text);
    bool comment = number > first && without_leading_blanks(text).starts_with('#');
    if (!comment && number < last && !kept.ends_with(file_.escape)) continue;
    std::uint32_t from = file_.source.line_range(number).begin + static_cast<std::uint32_t>(kept.size());
    change({from, file_.source.line_range(number).end}, "", edits);
  }
}

// Empty when the gap holds something else than it should.
std::string LineFormatter::formatted_gap(std::string_view gap) const {
  std::string result = " ";
  bool first = true;
  while (true) {
    std::size_t end = gap.find('\n');
    std::string_view piece = trim(gap.substr(0, end));
    bool last = end == std::string_view::npos;
    if (last) return piece.empty() ? result : "";
    bool escape = piece == std::string_view(&file_.escape, 1);
    if (first && !escape) return "";
    if (first)
      result += file_.escape + line_break_ + indent_;
    else if (piece.starts_with('#'))
      result.append(piece).append(line_break_).append(indent_);
    else if (!escape && !piece.empty())
      return "";
    first = false;
    gap.remove_prefix(end + 1);
  }
}

void LineFormatter::format_gap(Range gap, EditGroup& edits) const {
  if (gap.begin >= gap.end) return;
  std::string text = formatted_gap(file_.source.text(gap));
  if (!text.empty()) change(gap, std::move(text), edits);
}

// The lines as they should be, without line breaks.
std::vector<std::string> LineFormatter::lines_between(unsigned first, unsigned last) const {
  std::vector<std::string> lines;
  for (unsigned number = first; number <= last; ++number) {
    std::string_view text = trim(line(number));
    if (text.empty() && !lines.empty() && lines.back().empty()) continue;
    lines.emplace_back(text);
  }
  for (const Directive& directive : file_.directives) {
    unsigned number = file_.source.line_of(directive.range.begin);
    // Directives are the first lines of all, and so are where they were.
    if (number >= first && number <= last && !line(number).starts_with("\xEF\xBB\xBF"))
      lines[number - first] = "# " + directive.name + "=" + directive.value;
  }
  return lines;
}

void LineFormatter::format_between(unsigned first, unsigned last, const Instruction* next,
                                   EditGroup& edits) const {
  std::vector<std::string> lines = lines_between(first, last);
  // With a comment below it an empty first line may keep that from being a directive.
  if (first == 1 && lines.size() == 1 && lines[0].empty()) lines.clear();
  if (!next && !lines.empty() && lines.back().empty()) lines.pop_back();
  bool begins_stage =
      next && std::holds_alternative<FromInstruction>(next->body) && next != &file_.instructions.front();
  bool separated = std::find(lines.begin(), lines.end(), "") != lines.end();
  if (begins_stage && !separated) lines.insert(lines.begin(), "");

  std::string text;
  for (const std::string& one : lines) text += one + line_break_;
  std::uint32_t size = static_cast<std::uint32_t>(file_.source.text().size());
  Range range{size, size};
  if (first <= last)
    range = {whole_line(first).begin, whole_line(last).end};
  else if (first <= file_.source.line_count())
    range = {whole_line(first).begin, whole_line(first).begin};
  if (range.begin == size && !next && size > 0 && file_.source.text().back() != '\n')
    text.insert(0, line_break_);
  change(range, std::move(text), edits);
}

}  // namespace mbuild::parser
