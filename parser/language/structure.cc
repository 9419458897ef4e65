#include "parser/language/structure.h"

#include <algorithm>

#include "parser/characters.h"

namespace mbuild::parser::language {

namespace {

std::string shortened(std::string_view text) {
  constexpr std::size_t most = 80;
  std::string result;
  for (char c : text.substr(0, most)) result += c == '\n' || c == '\r' || c == '\t' ? ' ' : c;
  // Not within a code point.
  while (text.size() > most && !result.empty() &&
         (static_cast<unsigned char>(text[result.size()]) & 0xC0) == 0x80)
    result.pop_back();
  return text.size() > most ? result + "…" : result;
}

std::string arguments_of(const Instruction& instruction) {
  std::string_view text = instruction.original;
  text.remove_prefix(std::min(text.size(), instruction.keyword.size()));
  return shortened(trim(text));
}

Symbol symbol_of(const Instruction& instruction) {
  Symbol symbol{Symbol::Kind::instruction, instruction.keyword,       arguments_of(instruction),
                instruction.range,         instruction.keyword_range, {}};
  const std::vector<KeyValue>* pairs = nullptr;
  if (const auto* arg = std::get_if<ArgInstruction>(&instruction.body)) pairs = &arg->arguments;
  if (const auto* env = std::get_if<EnvInstruction>(&instruction.body)) pairs = &env->variables;
  if (pairs)
    for (const KeyValue& pair : *pairs) {
      Range range = pair.key.range;
      if (pair.value) range.end = std::max(range.end, pair.value->range.end);
      symbol.children.push_back({Symbol::Kind::variable,
                                 pair.key.text.empty() ? "?" : pair.key.text,
                                 pair.value ? shortened(pair.value->text) : "",
                                 range,
                                 pair.key.range,
                                 {}});
    }
  return symbol;
}

Symbol symbol_of(const Stage& stage) {
  const FromInstruction& from = stage.from_instruction();
  Range range{stage.range.begin,
              stage.instructions.empty() ? stage.from->range.end : stage.instructions.back()->range.end};
  Symbol symbol{Symbol::Kind::stage,
                from.stage_name ? from.stage_name->text : stage.display_name(),
                "FROM " + shortened(from.image.text),
                range,
                from.stage_name ? from.stage_name->range : stage.from->keyword_range,
                {}};
  range.begin = std::min(range.begin, symbol.name_range.begin);
  symbol.range = range;
  for (const Instruction* instruction : stage.instructions)
    symbol.children.push_back(symbol_of(*instruction));
  return symbol;
}

void add_fold(const Source& source, Range range, Fold::Kind kind, std::vector<Fold>& folds) {
  if (range.empty()) return;
  const unsigned first = source.line_of(range.begin) - 1, last = source.line_of(range.end - 1) - 1;
  if (last > first) folds.push_back({kind, first, last});
}

void fold_comments(const Analysis& analysis, std::vector<Fold>& folds) {
  const Source& source = analysis.source();
  const auto& comments = analysis.file().comments;
  for (std::size_t i = 0; i < comments.size();) {
    const unsigned first = source.line_of(comments[i].range.begin);
    unsigned last = first;
    std::size_t next = i + 1;
    while (next < comments.size() && source.line_of(comments[next].range.begin) == last + 1) {
      ++last;
      ++next;
    }
    if (last > first) folds.push_back({Fold::Kind::comment, first - 1, last - 1});
    i = next;
  }
}

}  // namespace

std::vector<Symbol> document_symbols(const Analysis& analysis) {
  std::vector<Symbol> symbols;
  for (const Directive& directive : analysis.file().directives)
    symbols.push_back(
        {Symbol::Kind::directive, directive.name, directive.value, directive.range, directive.range, {}});
  for (const Instruction* argument : analysis.graph().global_args) symbols.push_back(symbol_of(*argument));
  for (const Stage& stage : analysis.graph().stages) symbols.push_back(symbol_of(stage));
  return symbols;
}

std::vector<Fold> folding_ranges(const Analysis& analysis) {
  std::vector<Fold> folds;
  const Source& source = analysis.source();
  for (const Stage& stage : analysis.graph().stages) {
    if (stage.instructions.empty()) continue;
    add_fold(source, {stage.from->range.begin, stage.instructions.back()->range.end}, Fold::Kind::region,
             folds);
  }
  for (const Instruction& instruction : analysis.file().instructions) {
    add_fold(source, instruction.range, Fold::Kind::region, folds);
    for (const Heredoc& heredoc : heredocs_of(instruction))
      if (heredocs_of(instruction).size() > 1)
        add_fold(source, heredoc.body_range, Fold::Kind::region, folds);
  }
  fold_comments(analysis, folds);
  std::ranges::stable_sort(folds, {}, &Fold::first_line);
  return folds;
}

}  // namespace mbuild::parser::language
