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

// In the stage that it stands in, where there is one.
void add_in_place(Symbol symbol, std::vector<Symbol>& symbols) {
  const auto after = [](const std::vector<Symbol>& among, std::uint32_t offset) {
    return std::ranges::upper_bound(among, offset, {}, [](const Symbol& one) { return one.range.begin; });
  };
  const auto next = after(symbols, symbol.range.begin);
  if (next == symbols.begin() || std::prev(next)->kind != Symbol::Kind::stage) {
    symbols.insert(next, std::move(symbol));
    return;
  }
  Symbol& stage = symbols[static_cast<std::size_t>(next - symbols.begin()) - 1];
  stage.range.end = std::max(stage.range.end, symbol.range.end);
  stage.children.insert(after(stage.children, symbol.range.begin), std::move(symbol));
}

// What stands before the first FROM that can be read, and is no ARG of the file.
void add_stageless(const Analysis& analysis, std::vector<Symbol>& symbols) {
  const StageGraph& graph = analysis.graph();
  for (const Instruction& instruction : analysis.file().instructions) {
    if (!graph.stages.empty() && instruction.range.begin >= graph.stages.front().from->range.begin) return;
    if (std::ranges::find(graph.global_args, &instruction) == graph.global_args.end())
      add_in_place(symbol_of(instruction), symbols);
  }
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
  add_stageless(analysis, symbols);
  for (const UnreadInstruction& unread : analysis.parsed().unread)
    add_in_place({Symbol::Kind::instruction, unread.keyword, "", unread.range, unread.keyword_range, {}},
                 symbols);
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
  for (const UnreadInstruction& unread : analysis.parsed().unread)
    add_fold(source, unread.range, Fold::Kind::region, folds);
  fold_comments(analysis, folds);
  std::ranges::stable_sort(folds, {}, &Fold::first_line);
  return folds;
}

}  // namespace mbuild::parser::language
