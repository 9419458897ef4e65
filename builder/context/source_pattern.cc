#include "builder/context/source_pattern.h"

#include "builder/context/missing_source.h"
#include "parser/glob.h"
#include "registry/base/fs_at.h"

namespace mbuild::builder {

namespace {

// Directories are passed when something below them may be let in again; whether there is something shows
// when they are walked.
bool is_visible(const SourceTree& tree, std::string_view path, const struct stat& status) {
  if (tree.ignore.empty() || !tree.ignore.matches(path)) return true;
  return S_ISDIR(status.st_mode) && tree.ignore.may_include_below(path);
}

PathFilter visible_in(const SourceTree& tree) {
  return [&tree](std::string_view path, const struct stat& status) { return is_visible(tree, path, status); };
}

// A literal name; its escapes count only when no file is called what is written.
Result<std::vector<SourceMatch>> match_literal(const SourceTree& tree, const std::string& path) {
  Result<SourceMatch> match = follow_source(tree, path);
  if (!match && match.error().kind() == ErrorKind::not_found && path.find('\\') != std::string::npos) {
    match = follow_source(tree, parser::glob_unescape(path));
  }
  std::vector<SourceMatch> matches;
  matches.push_back(MBUILD_TRY(std::move(match)));
  return matches;
}

// Expands one component after the other, the first ones first.
class Expansion {
 public:
  explicit Expansion(const SourceTree& tree) : tree_(tree) {}

  // `real` is the directory that `named` leads to.
  Result<void> expand(const std::string& named, const std::string& real, std::string_view pattern);

  std::vector<std::string> found;

 private:
  const SourceTree& tree_;
};

Result<void> Expansion::expand(const std::string& named, const std::string& real, std::string_view pattern) {
  const std::size_t slash = pattern.find('/');
  const std::string_view component = pattern.substr(0, slash);
  const Fd fd = MBUILD_TRY(fs_at::open(tree_.root, real, O_RDONLY | O_DIRECTORY, fs_at::Links::refuse));
  for (const std::string& name : MBUILD_TRY(fs_at::list(fd.get()))) {
    const auto matches = parser::glob_match(component, name);
    if (!matches)
      return fail(ErrorKind::invalid_input, matches.error().message + ": " + std::string(pattern));
    if (!*matches) continue;
    const auto status = MBUILD_TRY(fs_at::stat_if_exists(fd.get(), name, fs_at::Links::refuse));
    if (!status || !is_visible(tree_, join_path(real, name), *status)) continue;
    if (slash == std::string_view::npos) {
      found.push_back(join_path(named, name));
    } else if (S_ISDIR(status->st_mode)) {
      MBUILD_CHECK(expand(join_path(named, name), join_path(real, name), pattern.substr(slash + 1)));
    }
  }
  return {};
}

Result<std::vector<SourceMatch>> match_wildcards(const SourceTree& tree, std::string_view pattern) {
  // The parts before the first wildcard are followed like a literal name.
  std::size_t rest = 0;
  for (std::size_t end = 0; end != std::string_view::npos;) {
    end = pattern.find('/', rest);
    if (names_many(pattern.substr(rest, end - rest))) break;
    rest = end + 1;
  }
  const std::string base(rest == 0 ? std::string_view() : pattern.substr(0, rest - 1));
  const SourceMatch start = MBUILD_TRY(follow_source(tree, base));
  if (!S_ISDIR(start.target.status.st_mode)) return std::vector<SourceMatch>();

  Expansion expansion(tree);
  MBUILD_CHECK(expansion.expand(base, start.target.path, pattern.substr(rest)));
  std::vector<SourceMatch> matches;
  for (std::string& path : expansion.found)
    matches.push_back(MBUILD_TRY(follow_source(tree, std::move(path))));
  return matches;
}

}  // namespace

bool names_many(std::string_view pattern) {
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '\\') {
      ++i;
    } else if (pattern[i] == '*' || pattern[i] == '?' || pattern[i] == '[') {
      return true;
    }
  }
  return false;
}

Result<SourceMatch> follow_source(const SourceTree& tree, std::string path) {
  RootedPath target = MBUILD_TRY(resolve_in_root(tree.root, path, visible_in(tree)));
  if (!target.exists) return std::unexpected(missing_source(tree, path));
  return SourceMatch{.path = std::move(path), .target = std::move(target)};
}

Result<std::vector<SourceMatch>> match_sources(const SourceTree& tree, std::string_view pattern) {
  const std::string path = below_root(pattern);
  return names_many(path) ? match_wildcards(tree, path) : match_literal(tree, path);
}

}  // namespace mbuild::builder
