#include "parser/path.h"

namespace mbuild::parser {

std::string clean_path(std::string_view path) {
  bool rooted = path.starts_with('/');
  std::string result = rooted ? "/" : "";
  std::size_t fixed = result.size();  // what a `..` cannot take away: "/", or leading `..`s
  while (!path.empty()) {
    std::string_view part = path.substr(0, path.find('/'));
    path.remove_prefix(part.size() < path.size() ? part.size() + 1 : path.size());
    if (part.empty() || part == ".") continue;
    if (part == ".." && result.size() > fixed) {
      std::size_t slash = result.rfind('/');
      result.resize(slash == std::string::npos || slash < fixed ? fixed : slash);
      continue;
    }
    if (part == ".." && rooted) continue;
    if (!result.empty() && result != "/") result += '/';
    result += part;
    if (part == "..") fixed = result.size();
  }
  return result.empty() ? "." : result;
}

}  // namespace mbuild::parser
