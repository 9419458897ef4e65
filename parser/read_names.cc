// ARG, ENV, LABEL: names with values (moby: line_parsers.go, parseNameVal and parseNameOrNameVal).
#include "parser/characters.h"
#include "parser/instruction_reader.h"

namespace mbuild::parser {

namespace {

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
bool read_legacy_form(InstructionInput& input, std::vector<KeyValue>& pairs) {
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
    return false;
  }
  pairs.push_back({input.word({all.begin, all.begin + static_cast<std::uint32_t>(name)}),
                   input.word({all.begin + static_cast<std::uint32_t>(value), all.end})});
  return true;
}

bool read_pairs(InstructionInput& input, std::vector<KeyValue>& pairs, bool& legacy_form) {
  const std::vector<Span> words =
      grammar::quoted_words(input.line.text(), input.shape.arguments, input.escape);
  if (words.empty()) return missing_arguments(input, "requires at least one argument");
  legacy_form = input.line.text(words[0]).find('=') == std::string_view::npos;
  if (legacy_form) return read_legacy_form(input, pairs);
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
    if (correct) pairs.push_back(std::move(*pair));
  }
  return correct;
}

}  // namespace

bool read_arg(InstructionInput& input, InstructionBody& body) {
  const std::vector<Span> words =
      grammar::quoted_words(input.line.text(), input.shape.arguments, input.escape);
  if (words.empty()) return missing_arguments(input, "requires at least one argument");
  auto& arg = body.emplace<ArgInstruction>();
  bool correct = true;
  for (Span word : words) {
    std::optional<KeyValue> pair = read_pair(input, word);
    if (pair)
      arg.arguments.push_back(std::move(*pair));
    else
      correct = false;
  }
  return correct;
}

bool read_env(InstructionInput& input, InstructionBody& body) {
  auto& env = body.emplace<EnvInstruction>();
  return read_pairs(input, env.variables, env.legacy_form);
}

bool read_label(InstructionInput& input, InstructionBody& body) {
  auto& label = body.emplace<LabelInstruction>();
  return read_pairs(input, label.labels, label.legacy_form);
}

}  // namespace mbuild::parser
