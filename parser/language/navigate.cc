#include "parser/language/navigate.h"

#include <algorithm>

#include "parser/characters.h"
#include "parser/language/variable_scan.h"

namespace mbuild::parser::language {

namespace {

bool same(const Occurrence& a, const Occurrence& b) {
  return a.kind == b.kind && a.symbol == b.symbol;
}

bool is_variable_name(std::string_view name) {
  return !name.empty() && is_name_start(name[0]) && std::ranges::all_of(name, is_name_character);
}

// [a-z][a-z0-9-_.]* (moby: instructions, parseBuildStageName), in either case here.
bool is_stage_name(std::string_view name) {
  if (name.empty() || to_lower(name[0]) < 'a' || to_lower(name[0]) > 'z') return false;
  return std::ranges::all_of(name, [](char c) { return is_name_character(c) || c == '-' || c == '.'; });
}

std::optional<std::string> refuse(const Analysis& analysis, const std::vector<Occurrence>& all,
                                  const Occurrence& renamed, std::string_view name) {
  const std::string quoted = "\"" + std::string(name) + "\"";
  if (renamed.kind == NameKind::stage) {
    if (!is_stage_name(name)) return quoted + " cannot be the name of a stage";
    const std::string lower = to_lower(name);
    if (lower == "scratch" || lower == "context") return quoted + " is reserved";
    for (const Stage& stage : analysis.graph().stages)
      if (stage.name == lower && stage.index != renamed.symbol)
        return "there is a stage " + quoted + " already";
    return std::nullopt;
  }
  if (!is_variable_name(name))
    return quoted + (renamed.kind == NameKind::variable ? " cannot be the name of a variable"
                                                        : " cannot be the name of a heredoc");
  if (renamed.kind == NameKind::heredoc) return std::nullopt;
  for (const Occurrence& other : all)
    if (other.kind == NameKind::variable && other.name == name && !same(other, renamed))
      return "there is a variable " + quoted + " already";
  return std::nullopt;
}

}  // namespace

std::vector<Range> find_definition(const Analysis& analysis, std::uint32_t offset) {
  const std::vector<Occurrence> all = find_occurrences(analysis);
  const Occurrence* here = occurrence_at(all, offset);
  if (!here) return {};
  const Occurrence* best = nullptr;
  for (const Occurrence& other : all) {
    if (!other.definition || !same(other, *here)) continue;
    // Assignments of other stages are the same variable, but not this one's value.
    if (!best || other.range.begin <= here->range.begin) best = &other;
  }
  if (best) return {best->range};
  if (here->kind == NameKind::stage && here->symbol < analysis.graph().stages.size())
    return {analysis.graph().stages[here->symbol].from->keyword_range};
  return {};
}

std::vector<Occurrence> find_references(const Analysis& analysis, std::uint32_t offset, bool definitions) {
  std::vector<Occurrence> all = find_occurrences(analysis);
  const Occurrence* found = occurrence_at(all, offset);
  if (!found) return {};
  const Occurrence here = *found;
  std::erase_if(
      all, [&](const Occurrence& other) { return !same(other, here) || (other.definition && !definitions); });
  return all;
}

std::optional<Occurrence> prepare_rename(const Analysis& analysis, std::uint32_t offset) {
  const std::vector<Occurrence> all = find_occurrences(analysis);
  const Occurrence* here = occurrence_at(all, offset);
  if (!here || here->by_index) return std::nullopt;
  const bool defined = std::ranges::any_of(
      all, [&](const Occurrence& other) { return other.definition && same(other, *here); });
  return defined ? std::optional(*here) : std::nullopt;
}

std::expected<std::vector<TextEdit>, std::string> rename(const Analysis& analysis, std::uint32_t offset,
                                                         std::string_view name) {
  const std::optional<Occurrence> here = prepare_rename(analysis, offset);
  if (!here) return std::unexpected("there is nothing here that can be renamed");
  const std::vector<Occurrence> all = find_occurrences(analysis);
  if (auto problem = refuse(analysis, all, *here, name)) return std::unexpected(std::move(*problem));
  std::vector<TextEdit> edits;
  for (const Occurrence& other : all)
    if (same(other, *here) && !other.by_index) edits.push_back({other.range, std::string(name)});
  return edits;
}

}  // namespace mbuild::parser::language
