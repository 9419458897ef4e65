#include "parser/lint/context.h"

#include "parser/characters.h"

namespace mbuild::parser {

namespace {

RunScript read_run(const Dockerfile& file, const Instruction& instruction, const RunInstruction& run) {
  RunScript result{&instruction, &run, {}};
  if (run.command.exec_form) return result;
  std::string_view source = file.source.text();
  result.script = read_shell_script(source, run.command.range, file.escape);
  // A body that is the whole script rather than some command's input.
  bool script_body = run.heredocs.size() == 1 && run.command.range.contains(run.heredocs[0].range) &&
                     trim(run.command.words.front()).starts_with("<<");
  if (script_body && !trim(run.heredocs[0].body).starts_with("#!"))
    result.script = read_shell_script(source, run.heredocs[0].body_range, '\0');
  return result;
}

}  // namespace

LintContext::LintContext(const Dockerfile& dockerfile, const StageGraph& stages,
                         const LintOptions& lint_options)
    : file(dockerfile), graph(stages), options(lint_options), shipped_(stages.stages.size()) {
  for (const Stage& stage : graph.stages) {
    std::vector<RunScript>& runs = runs_.emplace_back();
    for (const Instruction* instruction : stage.instructions)
      if (const auto* run = std::get_if<RunInstruction>(&instruction->body))
        runs.push_back(read_run(file, *instruction, *run));
  }
  if (graph.stages.empty()) return;
  for (const Stage* stage = &graph.stages[graph.target];; stage = &graph.stages[stage->base.stage]) {
    shipped_[stage->index] = true;
    if (stage->base.kind != StageReference::Kind::stage) break;
  }
}

void LintContext::report(std::string_view rule, std::string message, Range range, std::vector<Fix> fixes,
                         std::vector<Related> related) {
  diagnostics_.push_back({find_lint_rule(rule)->severity, std::string(rule), std::move(message), range,
                          std::move(related), std::move(fixes)});
}

void LintContext::report_error(std::string code, std::string message, Range range) {
  diagnostics_.push_back({Severity::error, std::move(code), std::move(message), range, {}, {}});
}

Range LintContext::whole_lines(const Instruction& instruction) const {
  unsigned first = file.source.line_of(instruction.range.begin);
  unsigned last = file.source.line_of(instruction.range.end);
  std::uint32_t end = static_cast<std::uint32_t>(file.source.text().size());
  if (last < file.source.line_count()) end = file.source.line_range(last + 1).begin;
  return {file.source.line_range(first).begin, end};
}

Fix replace(std::string title, Range range, std::string text) {
  return {std::move(title), {{range, std::move(text)}}};
}

Fix insert(std::string title, std::uint32_t offset, std::string text) {
  return replace(std::move(title), {offset, offset}, std::move(text));
}

std::vector<Fix> rename_variable(const Source& source, Range range, std::string_view name,
                                 std::string_view meant) {
  if (meant.empty()) return {};
  auto continues = [](char c) {
    return is_digit(c) || c == '_' || (to_lower(c) >= 'a' && to_lower(c) <= 'z');
  };
  std::string_view text = source.text(range);
  Fix fix{"Change to $" + std::string(meant), {}};
  for (std::size_t at = text.find('$'); at != std::string_view::npos; at = text.find('$', at + 1)) {
    std::size_t begin = at + 1;
    if (text.substr(begin).starts_with('{')) ++begin;
    std::size_t end = begin + name.size();
    if (text.substr(begin, name.size()) != name || (end < text.size() && continues(text[end]))) continue;
    Range use{range.begin + static_cast<std::uint32_t>(begin), range.begin + static_cast<std::uint32_t>(end)};
    fix.edits.push_back({use, std::string(meant)});
  }
  if (fix.edits.empty()) return {};
  return {std::move(fix)};
}

std::string quote(std::string_view text) {
  std::string result(1, '"');
  for (char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    if (c == '\n')
      result += "\\n";
    else if (c == '\t')
      result += "\\t";
    else
      result += c;
  }
  result += '"';
  return result;
}

}  // namespace mbuild::parser
