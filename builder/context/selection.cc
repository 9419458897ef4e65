#include "builder/context/selection.h"

#include <fcntl.h>

#include "builder/context/missing_source.h"
#include "builder/context/source_pattern.h"
#include "builder/context/walk.h"
#include "registry/base/file_owner.h"
#include "registry/base/fs_at.h"

namespace mbuild::builder {

namespace {

using parser::PatternMatcher;

Result<PatternMatcher> compile(const std::vector<std::string>& patterns, const char* flag) {
  auto matcher = PatternMatcher::compile(patterns);
  if (matcher) return std::move(*matcher);
  return fail(ErrorKind::invalid_input,
              std::string(flag) + " " + matcher.error().pattern + ": " + matcher.error().message);
}

// What --parents makes of a source: the directory that its path is recreated from, and the pattern below it
// (moby dockerfile2llb/convert_copy.go).
struct Pivot {
  std::string directory;
  std::string pattern;
};

Pivot split_at_pivot(const std::string& source) {
  const std::size_t pivot = source.find("/./");
  if (pivot == std::string::npos) return {.directory = "", .pattern = below_root(source)};
  return {.directory = source.substr(0, pivot), .pattern = below_root(source.substr(pivot + 3))};
}

class Selector {
 public:
  Selector(const SourceTree& tree, const PatternMatcher& exclude, unsigned threads)
      : tree_(tree), threads_(threads) {
    if (!exclude.empty()) filter_.exclude = &exclude;
  }

  Result<void> add_path(const std::string& path);
  Result<void> add_pattern(const std::string& pattern);
  Result<void> add_with_parents(const std::string& source);

  Selection selection;

 private:
  Result<bool> add(SourceMatch match);

  const SourceTree& tree_;
  const unsigned threads_;
  WalkFilter filter_;
};

// With the owner that is noted where it is not stat's to say.
Result<struct stat> status_of(const SourceTree& tree, const RootedPath& target) {
  struct stat status = target.status;
  if (tree.ownership != Ownership::keep || !owners_are_recorded()) return status;
  if (target.path.empty()) {
    read_owner(tree.root, status);
    return status;
  }
  const Fd parent = MBUILD_TRY(
      fs_at::open(tree.root, directory_of(target.path), O_PATH | O_DIRECTORY, fs_at::Links::refuse));
  read_owner_at(parent.get(), std::string(name_of_path(target.path)).c_str(), status);
  return status;
}

// False when the match is a directory that the ignore file leaves out and lets nothing below in again.
Result<bool> Selector::add(SourceMatch match) {
  SelectedSource source;
  source.name = name_of_path(match.path);
  const std::string& path = match.target.path;
  source.file =
      describe_file(tree_, std::string(name_of_path(path)), MBUILD_TRY(status_of(tree_, match.target)));
  source.directory = source.file.is_directory() ? path : std::string(directory_of(path));
  if (source.file.is_directory()) {
    source.file.children = std::make_unique<SourceDirectory>(SourceDirectory{.path = path, .files = {}});
    MBUILD_CHECK(walk(tree_, source.file, filter_, threads_));
    if (source.file.children->files.empty() && !path.empty() && tree_.ignore.matches(path)) return false;
  }
  selection.sources.push_back(std::move(source));
  return true;
}

Result<void> Selector::add_path(const std::string& path) {
  SourceMatch match = MBUILD_TRY(follow_source(tree_, path));
  if (MBUILD_TRY(add(std::move(match)))) return {};
  return std::unexpected(missing_source(tree_, path));
}

Result<void> Selector::add_pattern(const std::string& pattern) {
  const bool many = names_many(below_root(pattern));
  for (SourceMatch& match : MBUILD_TRY(match_sources(tree_, pattern))) {
    const std::string path = match.path;
    const bool there = MBUILD_TRY(add(std::move(match)));
    if (!there && !many) return std::unexpected(missing_source(tree_, path));
  }
  return {};
}

Result<void> Selector::add_with_parents(const std::string& source) {
  const Pivot pivot = split_at_pivot(source);
  if (!names_many(pivot.directory) && !names_many(pivot.pattern)) {
    MBUILD_CHECK(match_sources(tree_, pivot.directory + "/" + pivot.pattern));
  }
  if (pivot.pattern.empty()) return add_pattern(pivot.directory);

  const PatternMatcher unselected = MBUILD_TRY(compile({"**", "!" + pivot.pattern}, "--parents"));
  filter_.unselected = &unselected;
  const Result<void> added = add_pattern(pivot.directory);
  filter_.unselected = nullptr;
  return added;
}

}  // namespace

Result<Selection> select(const SourceTree& tree, const SelectRequest& request, unsigned threads) {
  const PatternMatcher exclude = MBUILD_TRY(compile(request.exclude, "--exclude"));
  Selector selector(tree, exclude, threads);
  for (const std::string& source : request.sources) {
    MBUILD_CHECK(request.parents ? selector.add_with_parents(source) : selector.add_pattern(source));
  }
  return std::move(selector.selection);
}

Result<Selection> select_path(const SourceTree& tree, std::string_view path,
                              const std::vector<std::string>& exclude, unsigned threads) {
  const PatternMatcher matcher = MBUILD_TRY(compile(exclude, "--exclude"));
  Selector selector(tree, matcher, threads);
  MBUILD_CHECK(selector.add_path(below_root(path)));
  return std::move(selector.selection);
}

void add_text(Selection& selection, std::string name, std::string text) {
  SelectedSource source;
  source.file.name = source.name = std::move(name);
  source.file.mode = 0644;
  source.file.identity.size = text.size();
  source.text = std::move(text);
  selection.sources.push_back(std::move(source));
}

}  // namespace mbuild::builder
