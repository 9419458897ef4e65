// ARG, ENV, LABEL: names with values (moby: line_parsers.go, parseNameVal and parseNameOrNameVal).
#include "parser/characters.h"
#include "parser/instruction_reader.h"

namespace mbuild::parser {

namespace {

struct Names {
  std::vector<KeyValue> pairs;
  bool legacy_form = false;
};

// `name`, or `name=value` split at the first `=`. Nullopt after reporting an empty name.
std::optional<KeyValue> read_pair(InstructionInput& input, Span word) {
  const std::size_t equals = input.line.text(word).find('=');
  if (equals == std::string_view::npos) return KeyValue{input.word(word), std::nullopt};
  const auto middle = word.begin + static_cast<std::uint32_t>(equals);
  if (equals == 0) {
    input.error("blank-name", std::string(input.rule.keyword) + " names can not be blank",
                input.line.to_source(word));
    return std::nullopt;
  }
  return KeyValue{input.word({word.begin, middle}), input.word({middle + 1, word.end})};
}

// `ENV name value with spaces`: the first blank ends the name, the rest of the line is the value.
std::optional<Names> read_legacy_form(InstructionInput& input) {
  const Span all = input.shape.arguments;
  const std::string_view text = input.arguments();
  std::size_t name = 0;
  while (name < text.size() && !is_blank(text[name])) ++name;
  std::size_t value = name;
  while (value < text.size() && is_blank(text[value])) ++value;
  if (value == name) {
    const std::string keyword(input.rule.keyword);
    input.error("missing-value", keyword + " must have two arguments: write " + keyword + " name=value",
                input.arguments_range());
    return std::nullopt;
  }
  Names names;
  names.legacy_form = true;
  names.pairs.push_back({input.word({all.begin, all.begin + static_cast<std::uint32_t>(name)}),
                         input.word({all.begin + static_cast<std::uint32_t>(value), all.end})});
  return names;
}

std::optional<Names> read_names(InstructionInput& input) {
  const std::vector<Span> words =
      grammar::quoted_words(input.line.text(), input.shape.arguments, input.escape);
  if (words.empty()) return missing_arguments(input, "requires at least one argument");
  if (input.line.text(words[0]).find('=') == std::string_view::npos) return read_legacy_form(input);
  Names names;
  bool correct = true;
  for (Span word : words) {
    std::optional<KeyValue> pair = read_pair(input, word);
    if (pair && !pair->value) {
      input.error(
          "invalid-name-value",
          "Syntax error - can't find = in \"" + pair->key.text + "\". Must be of the form: name=value",
          pair->key.range);
    }
    correct = correct && pair && pair->value;
    if (correct) names.pairs.push_back(std::move(*pair));
  }
  return correct ? std::optional(std::move(names)) : std::nullopt;
}

}  // namespace

std::optional<InstructionBody> read_arg(InstructionInput& input) {
  const std::vector<Span> words =
      grammar::quoted_words(input.line.text(), input.shape.arguments, input.escape);
  if (words.empty()) return missing_arguments(input, "requires at least one argument");
  ArgInstruction arg;
  bool correct = true;
  for (Span word : words) {
    std::optional<KeyValue> pair = read_pair(input, word);
    if (pair)
      arg.arguments.push_back(std::move(*pair));
    else
      correct = false;
  }
  return correct ? std::optional<InstructionBody>(std::move(arg)) : std::nullopt;
}

std::optional<InstructionBody> read_env(InstructionInput& input) {
  std::optional<Names> names = read_names(input);
  if (!names) return std::nullopt;
  return EnvInstruction{std::move(names->pairs), names->legacy_form};
}

std::optional<InstructionBody> read_label(InstructionInput& input) {
  std::optional<Names> names = read_names(input);
  if (!names) return std::nullopt;
  return LabelInstruction{std::move(names->pairs), names->legacy_form};
}

}  // namespace mbuild::parser
