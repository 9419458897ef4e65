// Flags of instructions (moby: frontend/dockerfile/instructions/bflag.go).
#include <algorithm>

#include "parser/characters.h"
#include "parser/instruction_reader.h"
#include "parser/suggest.h"

namespace mbuild::parser {

namespace {

void report_unknown(InstructionInput& input, const Flag& flag) {
  std::vector<std::string_view> names;
  for (const FlagRule& rule : input.rule.flags) names.push_back(rule.name);
  Diagnostic diagnostic{Severity::error, "unknown-flag", "unknown flag: --" + flag.name, flag.range, {}, {}};
  if (std::string_view meant = closest(flag.name, names); !meant.empty()) {
    diagnostic.message += " (did you mean " + std::string(meant) + "?)";
    const std::uint32_t name_begin = flag.range.begin + 2;
    const Range name{name_begin, flag.value ? flag.value_range.begin - 1 : flag.range.end};
    diagnostic.fixes.push_back({"Change to --" + std::string(meant), {{name, std::string(meant)}}});
  }
  input.diagnostics.push_back(std::move(diagnostic));
}

// Reports what is wrong with the value of a known flag.
bool check_value(InstructionInput& input, const Flag& flag, FlagKind kind) {
  if (kind == FlagKind::boolean) {
    if (!flag.value) return true;
    const std::string value = to_lower(*flag.value);
    if (value == "true" || value == "false") return true;
    if (!value.empty()) {
      input.error("invalid-boolean-flag",
                  "expecting boolean value for flag " + flag.name + ", not: " + *flag.value, flag.range);
      return false;
    }
  } else if (flag.value) {
    return true;
  }
  input.error("missing-flag-value", "missing a value on flag: --" + flag.name, flag.range);
  return false;
}

}  // namespace

bool check_flags(InstructionInput& input) {
  if (input.flags.empty()) return true;
  const std::span<const FlagRule> rules = input.rule.flags;
  std::vector<const Flag*> first_use(rules.size());
  bool correct = true;
  for (const Flag& flag : input.flags) {
    const auto rule =
        std::find_if(rules.begin(), rules.end(), [&](const FlagRule& r) { return r.name == flag.name; });
    if (rule == rules.end()) {
      report_unknown(input, flag);
      correct = false;
      continue;
    }
    const Flag*& first = first_use[static_cast<std::size_t>(rule - rules.begin())];
    if (first != nullptr && rule->kind != FlagKind::list) {
      input.error("duplicate-flag", "duplicate flag specified: --" + flag.name, flag.range);
      input.diagnostics.back().related.push_back({first->range, "the first one"});
      correct = false;
    }
    if (first == nullptr) first = &flag;
    if (!check_value(input, flag, rule->kind)) correct = false;
  }
  return correct;
}

std::optional<Word> InstructionInput::text_flag(std::string_view name) const {
  for (const Flag& flag : flags) {
    if (flag.name == name && flag.value && !flag.value->empty()) return Word{*flag.value, flag.value_range};
  }
  return std::nullopt;
}

std::vector<Word> InstructionInput::list_flag(std::string_view name) const {
  std::vector<Word> result;
  for (const Flag& flag : flags) {
    if (flag.name == name && flag.value) result.push_back({*flag.value, flag.value_range});
  }
  return result;
}

std::optional<bool> InstructionInput::boolean_flag(std::string_view name) const {
  for (const Flag& flag : flags) {
    if (flag.name == name) return !flag.value || to_lower(*flag.value) == "true";
  }
  return std::nullopt;
}

}  // namespace mbuild::parser
