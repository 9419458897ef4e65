#include "parser/language/actions.h"

#include <algorithm>

#include "parser/characters.h"
#include "parser/json_writer.h"
#include "parser/lint.h"
#include "parser/text_edit.h"

namespace mbuild::parser::language {

namespace {

bool touches(Range a, Range b) {
  return a.begin <= b.end && b.begin <= a.end;
}

std::string json_array(const std::vector<std::string>& words) {
  JsonWriter writer;
  writer.begin_array(JsonWriter::Layout::line);
  for (const std::string& word : words) writer.string(word);
  writer.end();
  return writer.text();
}

// The words of a command that no shell is needed for; empty when one is.
std::vector<std::string> plain_words(const Command& command) {
  if (command.exec_form || command.words.size() != 1) return {};
  const std::string& line = command.words.front();
  if (line.find_first_of("|&;<>()$`\\\"'*?[]#~=%{}!\n") != std::string::npos) return {};
  std::vector<std::string> words;
  std::string word;
  for (char c : line + " ") {
    if (!is_blank(c)) {
      word += c;
    } else if (!word.empty()) {
      words.push_back(std::move(word));
      word.clear();
    }
  }
  return words;
}

const Command* command_of(const Instruction& instruction) {
  if (const auto* cmd = std::get_if<CmdInstruction>(&instruction.body)) return &cmd->command;
  if (const auto* point = std::get_if<EntrypointInstruction>(&instruction.body)) return &point->command;
  return nullptr;
}

void add_refactorings(const Instruction& instruction, std::vector<Action>& actions) {
  if (const Command* command = command_of(instruction)) {
    const std::vector<std::string> words = plain_words(*command);
    if (!words.empty())
      actions.push_back({"Write as a JSON array", {{command->range, json_array(words)}}, nullptr, false});
  }
}

void add_skip(const Analysis& analysis, const Diagnostic& diagnostic, std::vector<Action>& actions) {
  if (!find_lint_rule(diagnostic.code)) return;
  const Instruction* instruction = analysis.instruction_at(diagnostic.range.begin);
  if (!instruction) return;
  const std::uint32_t line =
      analysis.source().line_range(analysis.source().line_of(instruction->range.begin)).begin;
  actions.push_back({"Skip " + diagnostic.code + " for this instruction",
                     {{{line, line}, "# check=skip=" + diagnostic.code + "\n"}},
                     &diagnostic,
                     false});
}

}  // namespace

std::vector<Action> code_actions(const Analysis& analysis, const std::vector<Diagnostic>& diagnostics,
                                 Range range) {
  std::vector<Action> actions;
  for (const Diagnostic& diagnostic : diagnostics) {
    if (!touches(diagnostic.range, range)) continue;
    bool first = true;
    for (const Fix& fix : diagnostic.fixes)
      actions.push_back({fix.title, fix.edits, &diagnostic, std::exchange(first, false)});
  }
  for (const Diagnostic& diagnostic : diagnostics)
    if (touches(diagnostic.range, range)) add_skip(analysis, diagnostic, actions);
  if (const Instruction* instruction = analysis.instruction_at(range.begin))
    add_refactorings(*instruction, actions);
  return actions;
}

std::vector<TextEdit> fix_all(const std::vector<Diagnostic>& diagnostics) {
  std::vector<TextEdit> edits;
  std::uint32_t end = 0;
  for (const Diagnostic& diagnostic : diagnostics) {
    if (diagnostic.fixes.empty()) continue;
    std::vector<TextEdit> fix = diagnostic.fixes.front().edits;
    std::ranges::stable_sort(fix, {}, [](const TextEdit& edit) { return edit.range.begin; });
    if (fix.empty() || (!edits.empty() && fix.front().range.begin < end)) continue;
    for (TextEdit& edit : fix) {
      end = std::max(end, edit.range.end);
      edits.push_back(std::move(edit));
    }
  }
  return edits;
}

namespace {

// An edit across lines as one for each of them, where that can be: what is asked about may be one line.
void split_at_lines(const Source& source, TextEdit edit, std::vector<TextEdit>& edits) {
  std::string_view before = source.text(edit.range), after = edit.text;
  if (std::ranges::count(before, '\n') != std::ranges::count(after, '\n')) {
    edits.push_back(std::move(edit));
    return;
  }
  for (std::uint32_t begin = edit.range.begin;; ++begin) {
    const std::string_view old_line = before.substr(0, before.find('\n'));
    const std::string_view new_line = after.substr(0, after.find('\n'));
    const auto end = begin + static_cast<std::uint32_t>(old_line.size());
    if (old_line != new_line) edits.push_back({{begin, end}, std::string(new_line)});
    if (old_line.size() == before.size()) return;
    before.remove_prefix(old_line.size() + 1);
    after.remove_prefix(new_line.size() + 1);
    begin = end;
  }
}

}  // namespace

std::vector<TextEdit> format_range(const Analysis& analysis, Range range, const FormatOptions& options) {
  const Source& source = analysis.source();
  const Range first = source.line_range(source.line_of(range.begin));
  std::uint32_t end = source.line_range(source.line_of(range.end)).end;
  // A range that ends at the begin of a line does not mean that line.
  if (range.end > range.begin && range.end == source.line_range(source.line_of(range.end)).begin)
    end = range.end;
  std::vector<TextEdit> edits;
  for (TextEdit& edit : format_edits(analysis.parsed(), options))
    split_at_lines(source, std::move(edit), edits);
  std::erase_if(edits,
                [&](const TextEdit& edit) { return edit.range.begin < first.begin || edit.range.end > end; });
  return edits;
}

std::vector<TextEdit> format_on_escape(const Analysis& analysis, std::uint32_t offset,
                                       const FormatOptions& options) {
  const Source& source = analysis.source();
  const unsigned number = source.line_of(offset);
  const Range line = source.line_range(number);
  if (number == source.line_count() || offset != line.end) return {};
  if (!source.text(line).ends_with(analysis.file().escape)) return {};
  const std::uint32_t below = source.line_range(number + 1).begin;
  return format_range(analysis, {below, below}, options);
}

std::vector<TextEdit> format_on_line_break(const Analysis& analysis, std::uint32_t offset,
                                           const FormatOptions& options) {
  const Source& source = analysis.source();
  const unsigned number = source.line_of(offset);
  if (number < 2 || analysis.heredoc_at(source.line_range(number).begin)) return {};
  std::string_view above = source.text(source.line_range(number - 1));
  while (!above.empty() && is_blank(above.back())) above.remove_suffix(1);
  const bool comment = above.find_first_not_of(" \t") != std::string_view::npos &&
                       above[above.find_first_not_of(" \t")] == '#';
  if (comment || !above.ends_with(analysis.file().escape)) return {};
  const Range line = source.line_range(number);
  std::uint32_t end = line.begin;
  while (end < line.end && is_blank(source.text()[end])) ++end;
  std::string indent(options.indent, ' ');
  if (source.text({line.begin, end}) == indent) return {};
  return {{{line.begin, end}, std::move(indent)}};
}

}  // namespace mbuild::parser::language
