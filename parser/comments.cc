#include "parser/comments.h"

#include "parser/characters.h"

namespace mbuild::parser {

std::string description_of(const Instruction& instruction, std::string_view name) {
  if (name.empty()) return "";
  for (const Comment& comment : instruction.comments) {
    std::string_view text = trim(comment.text);
    bool begins =
        text.size() > name.size() && text.substr(0, name.size()) == name && text[name.size()] == ' ';
    if (begins) return std::string(trim(text.substr(name.size())));
  }
  return "";
}

}  // namespace mbuild::parser
