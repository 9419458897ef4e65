// Growing selections.
#include <algorithm>

#include "parser/characters.h"
#include "parser/language/cursor.h"
#include "parser/language/occurrences.h"
#include "parser/language/structure.h"

namespace mbuild::parser::language {

namespace {

Range word_at(const Source& source, std::uint32_t offset) {
  const std::string_view text = source.text();
  const Range line = source.line_range(source.line_of(offset));
  std::uint32_t begin = std::min(offset, line.end), end = begin;
  while (begin > line.begin && !is_blank(text[begin - 1])) --begin;
  while (end < line.end && !is_blank(text[end])) ++end;
  return {begin, end};
}

}  // namespace

std::vector<Range> selection_ranges(const Analysis& analysis, std::uint32_t offset) {
  const Source& source = analysis.source();
  std::vector<Range> candidates;
  const std::vector<Occurrence> names = find_occurrences(analysis);
  if (const Occurrence* name = occurrence_at(names, offset)) candidates.push_back(name->range);
  candidates.push_back(word_at(source, offset));
  if (const Heredoc* heredoc = analysis.heredoc_at(offset)) {
    candidates.push_back(source.line_range(source.line_of(offset)));
    candidates.push_back(heredoc->body_range);
  }
  if (const Instruction* instruction = analysis.instruction_at(offset)) {
    for (const Flag& flag : instruction->flags) {
      candidates.push_back(flag.value_range);
      candidates.push_back(flag.range);
    }
    Range arguments{instruction->keyword_range.end, instruction->range.end};
    while (arguments.begin < arguments.end && is_blank(source.text()[arguments.begin])) ++arguments.begin;
    candidates.push_back(arguments);
    candidates.push_back(instruction->range);
  }
  if (const Stage* stage = analysis.stage_at(offset)) {
    const std::uint32_t end =
        stage->instructions.empty() ? stage->from->range.end : stage->instructions.back()->range.end;
    candidates.push_back({stage->from->range.begin, end});
  }
  candidates.push_back({0, static_cast<std::uint32_t>(source.text().size())});
  std::ranges::stable_sort(candidates, {}, &Range::size);
  std::vector<Range> chain;
  for (Range range : candidates) {
    if (range.empty() || range.begin > offset || offset > range.end) continue;
    if (chain.empty() || (range.contains(chain.back()) && range != chain.back())) chain.push_back(range);
  }
  return chain;
}

}  // namespace mbuild::parser::language
