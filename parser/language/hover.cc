#include "parser/language/hover.h"

#include "parser/characters.h"
#include "parser/language/cursor.h"
#include "parser/language/instruction_docs.h"
#include "parser/language/occurrences.h"
#include "parser/language/size_text.h"
#include "parser/language/variable_scan.h"
#include "parser/language/variables.h"

namespace mbuild::parser::language {

namespace {

// Text that Markdown shows as it is.
std::string code(std::string_view text) {
  std::string result = "`";
  for (char c : text) result += c == '`' ? '\'' : c == '\n' ? ' ' : c;
  return result + "`";
}

std::string words_text(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return code(text);
}

std::string instruction_text(const InstructionDoc& doc) {
  std::string text = "**" + std::string(doc.keyword) + "** — " + std::string(doc.summary) + "\n";
  text += "\n```dockerfile\n";
  for (std::string_view form : doc.forms) text += std::string(form) + "\n";
  return text + "```";
}

std::string variable_text(const VisibleVariable& variable) {
  if (!variable.value) return "**" + variable.name + "** is not set; declared by " + variable.origin + ".";
  return "**" + variable.name + "** = " + code(*variable.value) + "\n\nfrom " + variable.origin;
}

std::string image_text(const ImageFacts& image) {
  std::string text = "**" + image.name + "** in the store\n\n";
  text += "- " + size_text(image.size_bytes) + " in " + std::to_string(image.layers) +
          (image.layers == 1 ? " layer" : " layers") + ", " + image.platform + "\n";
  if (!image.created.empty()) text += "- created " + image.created + "\n";
  text += "- id " + code(image.id) + "\n";
  if (!image.entrypoint.empty()) text += "- ENTRYPOINT " + words_text(image.entrypoint) + "\n";
  if (!image.command.empty()) text += "- CMD " + words_text(image.command) + "\n";
  if (!image.user.empty()) text += "- USER " + code(image.user) + "\n";
  if (!image.working_directory.empty()) text += "- WORKDIR " + code(image.working_directory) + "\n";
  if (!image.ports.empty()) text += "- EXPOSE " + words_text(image.ports) + "\n";
  for (const auto& [name, value] : image.environment) text += "- ENV " + code(name + "=" + value) + "\n";
  return text;
}

std::string stage_text(const Stage& stage) {
  std::string text = "**" + stage.display_name() + "** — stage " + std::to_string(stage.index) + ", FROM " +
                     code(stage.from_instruction().image.text);
  if (!stage.description.empty()) text += "\n\n" + stage.description;
  return text;
}

std::optional<Hover> hover_name(const Analysis& analysis, const Outside& outside, std::uint32_t offset) {
  const std::vector<Occurrence> all = find_occurrences(analysis);
  const Occurrence* here = occurrence_at(all, offset);
  if (!here) return std::nullopt;
  if (here->kind == NameKind::stage && here->symbol < analysis.graph().stages.size())
    return Hover{stage_text(analysis.graph().stages[here->symbol]), here->range};
  if (here->kind != NameKind::variable) return std::nullopt;
  // A use in an ENV or ARG sees what was before the instruction.
  std::uint32_t at = offset;
  const Instruction* instruction = analysis.instruction_at(offset);
  const bool assigns =
      instruction && (instruction->keyword == "ENV" || instruction->keyword == "ARG") && !here->definition;
  const Stage* stage = analysis.stage_at(offset);
  if (assigns && stage && instruction->range.begin > stage->from->range.end + 1 &&
      instruction != stage->instructions.front())
    at = instruction->range.begin - 1;
  if (auto variable = variable_at(analysis, outside, at, here->name))
    return Hover{variable_text(*variable), here->range};
  return Hover{"**" + here->name + "** is not set here.", here->range};
}

// A variable that only the base image sets, in the command of a RUN.
std::optional<Hover> hover_inherited(const Analysis& analysis, const Outside& outside,
                                     const Instruction& instruction, std::uint32_t offset) {
  for (const VariableUse& use : find_variable_uses(analysis.source(), instruction.range, '\\', true)) {
    if (offset < use.range.begin || offset > use.range.end) continue;
    if (auto variable = variable_at(analysis, outside, offset, use.name))
      return Hover{variable_text(*variable), use.range};
  }
  return std::nullopt;
}

std::optional<Hover> hover_image(const Analysis& analysis, const Outside& outside,
                                 const Instruction& instruction, std::uint32_t offset) {
  const Word* word = nullptr;
  if (const auto* from = std::get_if<FromInstruction>(&instruction.body)) word = &from->image;
  if (const auto* copy = std::get_if<CopyInstruction>(&instruction.body))
    word = copy->from ? &*copy->from : nullptr;
  if (!word || offset < word->range.begin || offset > word->range.end) return std::nullopt;
  std::string name = word->text;
  if (const Stage* stage = analysis.stage_at(offset); stage && stage->from == &instruction)
    name = stage->base.name.empty() ? name : stage->base.name;
  if (name == "scratch")
    return Hover{"**scratch** — nothing at all: an empty root file system.", word->range};
  if (const auto image = outside.image(name)) return Hover{image_text(*image), word->range};
  return Hover{"**" + name + "** is not in the store; a build resolves it at its registry.", word->range};
}

std::optional<Hover> hover_flag(const Instruction& instruction, std::uint32_t offset) {
  const InstructionDoc* doc = find_instruction_doc(instruction.keyword);
  for (const Flag& flag : instruction.flags) {
    if (!flag.range.contains(offset) || !doc) continue;
    if (const FlagDoc* known = find_flag_doc(*doc, flag.name))
      return Hover{"**--" + flag.name + "** — " + std::string(known->summary), flag.range};
  }
  return std::nullopt;
}

std::optional<Hover> hover_keyword(const Analysis& analysis, std::uint32_t offset) {
  const Source& source = analysis.source();
  const std::string_view text = source.text();
  std::uint32_t begin = offset, end = offset;
  const auto is_letter = [](char c) { return to_upper(c) >= 'A' && to_upper(c) <= 'Z'; };
  while (begin > 0 && is_letter(text[begin - 1])) --begin;
  while (end < text.size() && is_letter(text[end])) ++end;
  const InstructionDoc* doc = find_instruction_doc(to_upper(text.substr(begin, end - begin)));
  if (!doc) return std::nullopt;
  const Cursor cursor = cursor_at(analysis, end);
  const bool keyword =
      cursor.place == Cursor::Place::keyword ||
      (cursor.place == Cursor::Place::instruction && cursor.keyword == "ONBUILD" && cursor.words.empty());
  if (!keyword) return std::nullopt;
  return Hover{instruction_text(*doc), {begin, end}};
}

std::optional<Hover> hover_directive(const Analysis& analysis, std::uint32_t offset) {
  for (const Directive& directive : analysis.file().directives) {
    if (!directive.range.contains(offset)) continue;
    for (const FlagDoc& doc : directive_docs())
      if (doc.name == directive.name)
        return Hover{"**# " + directive.name + "=** — " + std::string(doc.summary), directive.range};
  }
  return std::nullopt;
}

}  // namespace

std::optional<Hover> hover(const Analysis& analysis, const Outside& outside, std::uint32_t offset) {
  if (auto directive = hover_directive(analysis, offset)) return directive;
  if (auto keyword = hover_keyword(analysis, offset)) return keyword;
  if (auto name = hover_name(analysis, outside, offset)) return name;
  const Instruction* instruction = analysis.instruction_at(offset);
  if (!instruction) return std::nullopt;
  if (auto variable = hover_inherited(analysis, outside, *instruction, offset)) return variable;
  if (auto image = hover_image(analysis, outside, *instruction, offset)) return image;
  return hover_flag(*instruction, offset);
}

}  // namespace mbuild::parser::language
