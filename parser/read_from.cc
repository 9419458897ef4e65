// FROM.
#include "parser/characters.h"
#include "parser/instruction_reader.h"

namespace mbuild::parser {

bool read_from(InstructionInput& input, InstructionBody& body) {
  const std::vector<Span> words = grammar::words(input.line.text(), input.shape.arguments);
  const bool named = words.size() == 3 && to_upper(input.line.text(words[1])) == "AS";
  if (words.empty() || (words.size() != 1 && !named)) {
    Range range = words.empty() ? input.keyword_range() : input.arguments_range();
    if (words.size() > 3) range.begin = input.line.to_source(words[3]).begin;
    input.error("invalid-from",
                "FROM requires either one or three arguments: FROM image, or FROM image AS name", range);
    return false;
  }
  auto& from = body.emplace<FromInstruction>();
  from.image = input.word(words[0]);
  if (named) {
    from.as_range = input.line.to_source(words[1]);
    from.stage_name = input.word(words[2]);
  }
  from.platform = input.text_flag("platform");
  return true;
}

}  // namespace mbuild::parser
