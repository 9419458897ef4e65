// InvalidDefinitionDescription.
#include <algorithm>

#include "parser/characters.h"
#include "parser/lint/checks.h"
#include "parser/lint/context.h"

namespace mbuild::parser {

namespace {

void check(LintContext& context, const Instruction& instruction, const std::vector<std::string>& names) {
  if (instruction.comments.empty() || names.empty()) return;
  const Comment& comment = instruction.comments.back();
  std::string_view text = trim(comment.text);
  std::string first(text.substr(0, text.find(' ')));
  if (std::find(names.begin(), names.end(), first) != names.end() || first.starts_with("check=")) return;
  context.report("InvalidDefinitionDescription",
                 "a comment that describes this " + instruction.keyword + " begins with its name: `# " +
                     (names.size() == 1 ? names[0] : "<name>") +
                     " ...`; if it is no description, put a bare `#` below it",
                 comment.range);
}

}  // namespace

void check_descriptions(LintContext& context) {
  for (const Instruction& instruction : context.file.instructions) {
    std::vector<std::string> names;
    if (const auto* from = std::get_if<FromInstruction>(&instruction.body)) {
      if (from->stage_name) names.push_back(to_lower(from->stage_name->text));
    } else if (const auto* arg = std::get_if<ArgInstruction>(&instruction.body)) {
      for (const KeyValue& argument : arg->arguments) names.push_back(argument.key.text);
    }
    check(context, instruction, names);
  }
}

}  // namespace mbuild::parser
