// Ignore files and globs: the first line is a path, the rest a .dockerignore. A walk with states gives what
// matching gives, and what the walk may skip holds nothing that is included.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "parser/glob.h"
#include "parser/ignore_file.h"
#include "parser/path.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mbuild::parser;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::string_view first = text.substr(0, text.find('\n'));
  const std::string_view file = text.substr(std::min(text.size(), first.size() + 1));
  std::string path = clean_path(first);
  require(clean_path(path) == path);
  while (path.starts_with('/')) path.erase(0, 1);

  const auto patterns = read_ignore_file(file);
  if (!patterns) {
    require(patterns.error().line > 0 && !patterns.error().message.empty());
    return 0;
  }
  const auto matcher = PatternMatcher::compile(*patterns);
  require(matcher.has_value());
  for (const std::string& pattern : *patterns)
    if (const auto match = glob_match(pattern, path); match && !has_wildcards(pattern))
      require(*match == (pattern == path));

  PatternMatcher::State state;
  bool skipped = false;
  for (std::size_t end = path.find('/');; end = path.find('/', end + 1)) {
    const std::string_view part = std::string_view(path).substr(0, end);
    state = matcher->match_child(state, part);
    require(state.matched == matcher->matches(part));
    require(state.matched || !skipped);
    skipped = skipped || (state.matched && !matcher->may_include_below(part));
    if (end == std::string::npos) break;
  }
  return 0;
}
