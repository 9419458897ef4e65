#include "parser/print.h"

#include <algorithm>
#include <vector>

namespace mbuild::parser {

std::string print(const Dockerfile& dockerfile) {
  std::vector<Range> parts;
  for (const Directive& directive : dockerfile.directives) parts.push_back(directive.range);
  for (const Comment& comment : dockerfile.comments) parts.push_back(comment.range);
  for (const Instruction& instruction : dockerfile.instructions) parts.push_back(instruction.range);
  std::sort(parts.begin(), parts.end(), [](Range a, Range b) { return a.begin < b.begin; });

  std::string text;
  std::uint32_t end = 0;
  for (Range part : parts) {
    if (part.begin < end) continue;  // a comment among the lines of an instruction
    text += dockerfile.source.text({end, part.begin});
    text += dockerfile.source.text(part);
    end = part.end;
  }
  text += dockerfile.source.text().substr(end);
  return text;
}

}  // namespace mbuild::parser
