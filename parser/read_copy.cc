// ADD and COPY.
#include "parser/instruction_reader.h"

namespace mbuild::parser {

namespace {

// The words of the line that are no part of a heredoc's word.
std::vector<Word> plain_words(const InstructionInput& input) {
  std::vector<Word> result;
  auto heredoc = input.heredoc_spans.begin();
  for (Span word : grammar::words(input.line.text(), input.shape.arguments)) {
    while (heredoc != input.heredoc_spans.end() && heredoc->end <= word.begin) ++heredoc;
    const bool inside = heredoc != input.heredoc_spans.end() && heredoc->begin <= word.begin;
    if (!inside) result.push_back(input.word(word));
  }
  return result;
}

// Sources and destination, before they are told apart.
std::optional<std::vector<Word>> read_paths(InstructionInput& input, bool& json_form) {
  grammar::JsonArray array = grammar::json_array(input.line.text(), input.shape.arguments);
  json_form = array.kind == grammar::JsonArray::Kind::strings;
  if (array.kind == grammar::JsonArray::Kind::none) return plain_words(input);
  if (array.kind == grammar::JsonArray::Kind::mixed) {
    input.error("invalid-json-array",
                "when using JSON array syntax, arrays must be comprised of strings only",
                input.arguments_range());
    return std::nullopt;
  }
  std::vector<Word> result;
  for (grammar::JsonString& string : array.strings)
    result.push_back({std::move(string.value), input.line.to_source(string.span)});
  return result;
}

std::optional<CopyInstruction> read_sources_and_destination(InstructionInput& input) {
  CopyInstruction copy;
  std::optional<std::vector<Word>> paths = read_paths(input, copy.json_form);
  if (!paths) return std::nullopt;
  if (paths->size() + input.heredocs.size() < 2) {
    return missing_arguments(input,
                             paths->size() + input.heredocs.size() == 0
                                 ? "requires at least two arguments: the sources and the destination"
                                 : "requires at least two arguments, but only one was provided. Destination "
                                   "could not be determined.");
  }
  if (!input.heredocs.empty() &&
      (paths->empty() || input.heredocs.back().range.begin > paths->back().range.begin)) {
    input.error(
        "heredoc-destination",
        std::string(input.rule.keyword) + " cannot accept a heredoc as a destination: name a path after it",
        input.heredocs.back().range);
    return std::nullopt;
  }
  copy.destination = std::move(paths->back());
  paths->pop_back();
  copy.sources = std::move(*paths);
  copy.heredocs = std::move(input.heredocs);
  return copy;
}

}  // namespace

std::optional<InstructionBody> read_copy(InstructionInput& input) {
  std::optional<CopyInstruction> copy = read_sources_and_destination(input);
  if (!copy) return std::nullopt;
  copy->from = input.text_flag("from");
  copy->chown = input.text_flag("chown");
  copy->chmod = input.text_flag("chmod");
  copy->link = input.boolean_flag("link").value_or(false);
  copy->parents = input.boolean_flag("parents").value_or(false);
  copy->exclude = input.list_flag("exclude");
  return std::move(*copy);
}

std::optional<InstructionBody> read_add(InstructionInput& input) {
  std::optional<CopyInstruction> add = read_sources_and_destination(input);
  if (!add) return std::nullopt;
  add->add = true;
  add->chown = input.text_flag("chown");
  add->chmod = input.text_flag("chmod");
  add->link = input.boolean_flag("link").value_or(false);
  add->exclude = input.list_flag("exclude");
  add->checksum = input.text_flag("checksum");
  add->keep_git_dir = input.boolean_flag("keep-git-dir");
  add->unpack = input.boolean_flag("unpack");
  return std::move(*add);
}

}  // namespace mbuild::parser
