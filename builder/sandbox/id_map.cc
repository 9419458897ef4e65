#include "builder/sandbox/id_map.h"

#include <sstream>

namespace mbuild::builder {

std::vector<IdMapLine> map_ranges(std::uint32_t own, const std::vector<IdRange>& ranges) {
  std::vector<IdMapLine> lines{{0, own, 1}};
  std::uint32_t next = 1;
  for (const IdRange& range : ranges) {
    lines.push_back({next, range.first, range.count});
    next += range.count;
  }
  return lines;
}

std::vector<IdMapLine> map_to_itself(const std::string& current) {
  std::istringstream text(current);
  std::vector<IdMapLine> lines;
  IdMapLine line;
  std::uint32_t outside = 0;
  while (text >> line.inside >> outside >> line.count) {
    line.outside = line.inside;
    lines.push_back(line);
  }
  return lines;
}

std::string id_map_text(const std::vector<IdMapLine>& lines) {
  std::string text;
  for (const IdMapLine& line : lines) {
    text += std::to_string(line.inside) + " " + std::to_string(line.outside) + " " +
            std::to_string(line.count) + "\n";
  }
  return text;
}

}  // namespace mbuild::builder
