#include "builder/context/missing_source.h"

#include <vector>

#include "builder/context/rooted_path.h"
#include "parser/suggest.h"
#include "registry/base/fs_at.h"

namespace mbuild::builder {

namespace {

std::string quoted(std::string_view path) {
  return "\"/" + std::string(path) + "\"";
}

// The nearest directory above `path` that is there, as it is named, and the first name below it that is not.
struct Edge {
  std::string directory;
  std::string real;
  std::string missing;
};

Edge find_edge(const SourceTree& tree, std::string_view path) {
  Edge edge;
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    edge.missing = path.substr(begin, end - begin);
    const std::string named(path.substr(0, end));
    const auto target = resolve_in_root(tree.root, named);
    if (!target || !target->exists || !S_ISDIR(target->status.st_mode)) break;
    edge.directory = named;
    edge.real = target->path;
    begin = end + 1;
  }
  return edge;
}

std::string nearby_name(const SourceTree& tree, const Edge& edge) {
  const auto fd = fs_at::open(tree.root, edge.real, O_RDONLY | O_DIRECTORY, fs_at::Links::refuse);
  if (!fd) return {};
  const auto names = fs_at::list(fd->get());
  if (!names) return {};
  std::vector<std::string_view> visible;
  for (const std::string& name : *names) {
    if (!tree.ignore.matches(join_path(edge.real, name))) visible.push_back(name);
  }
  return std::string(parser::closest(edge.missing, visible));
}

std::string hint_for(const SourceTree& tree, std::string_view path) {
  const auto target = resolve_in_root(tree.root, path);
  if (!target) return {};
  if (target->exists) return quoted(path) + " is there, but the ignore file leaves it out";
  const Edge edge = find_edge(tree, path);
  const auto link =
      fs_at::stat_if_exists(tree.root, join_path(edge.real, edge.missing), fs_at::Links::refuse);
  if (link && *link && S_ISLNK((*link)->st_mode)) {
    return quoted(join_path(edge.directory, edge.missing)) + " is a symbolic link to " +
           quoted(target->path) + ", which does not exist";
  }
  const std::string name = nearby_name(tree, edge);
  if (name.empty()) return {};
  const std::string_view rest = path.substr(join_path(edge.directory, edge.missing).size());
  return "did you mean " + quoted(join_path(edge.directory, name) + std::string(rest)) + "?";
}

}  // namespace

Error missing_source(const SourceTree& tree, std::string_view path) {
  Error error(ErrorKind::not_found,
              "failed to compute cache key: failed to calculate checksum: " + quoted(path) + ": not found");
  std::string hint = hint_for(tree, path);
  return hint.empty() ? error : std::move(error).with_hint(std::move(hint));
}

}  // namespace mbuild::builder
