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
bool read_paths(InstructionInput& input, bool& json_form, std::vector<Word>& paths) {
  grammar::JsonArray array;
  if (!read_json_array(input, input.shape.arguments, array)) return false;
  json_form = array.kind == grammar::JsonArray::Kind::strings;
  if (!json_form) paths = plain_words(input);
  for (grammar::JsonString& string : array.strings)
    paths.push_back({std::move(string.value), input.line.to_source(string.span)});
  return true;
}

bool read_sources_and_destination(InstructionInput& input, CopyInstruction& copy) {
  std::vector<Word>& paths = copy.sources;
  if (!read_paths(input, copy.json_form, paths)) return false;
  if (paths.size() + input.heredocs.size() < 2) {
    return missing_arguments(input,
                             paths.size() + input.heredocs.size() == 0
                                 ? "requires at least two arguments: the sources and the destination"
                                 : "requires at least two arguments, but only one was provided. Destination "
                                   "could not be determined.");
  }
  if (!input.heredocs.empty() &&
      (paths.empty() || input.heredocs.back().range.begin > paths.back().range.begin)) {
    input.error(
        "heredoc-destination",
        std::string(input.rule.keyword) + " cannot accept a heredoc as a destination: name a path after it",
        input.heredocs.back().range);
    return false;
  }
  copy.destination = std::move(paths.back());
  paths.pop_back();
  copy.heredocs = std::move(input.heredocs);
  return true;
}

}  // namespace

bool read_copy(InstructionInput& input, InstructionBody& body) {
  auto& copy = body.emplace<CopyInstruction>();
  if (!read_sources_and_destination(input, copy)) return false;
  copy.from = input.text_flag("from");
  copy.chown = input.text_flag("chown");
  copy.chmod = input.text_flag("chmod");
  copy.link = input.boolean_flag("link").value_or(false);
  copy.parents = input.boolean_flag("parents").value_or(false);
  copy.exclude = input.list_flag("exclude");
  return true;
}

bool read_add(InstructionInput& input, InstructionBody& body) {
  auto& add = body.emplace<CopyInstruction>();
  add.add = true;
  if (!read_sources_and_destination(input, add)) return false;
  add.chown = input.text_flag("chown");
  add.chmod = input.text_flag("chmod");
  add.link = input.boolean_flag("link").value_or(false);
  add.exclude = input.list_flag("exclude");
  add.checksum = input.text_flag("checksum");
  add.keep_git_dir = input.boolean_flag("keep-git-dir");
  add.unpack = input.boolean_flag("unpack");
  return true;
}

}  // namespace mbuild::parser
