#include "builder/context/rooted_path.h"

#include <vector>

#include "parser/path.h"
#include "registry/base/fs_at.h"

namespace mbuild::builder {

namespace {

constexpr int kMostLinks = 255;

// Pushes the components of `path` so that the first is popped first.
void push_components(std::vector<std::string>& pending, std::string_view path) {
  std::vector<std::string> components;
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    if (const auto name = path.substr(0, slash); !name.empty() && name != ".") components.emplace_back(name);
    path = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
  }
  pending.insert(pending.end(), components.rbegin(), components.rend());
}

std::string rest_as_text(std::string path, const std::vector<std::string>& pending) {
  for (auto name = pending.rbegin(); name != pending.rend(); ++name) path = join_path(path, *name);
  return below_root(path);
}

Result<struct stat> stat_of(int root, std::string_view path) {
  const auto status = MBUILD_TRY(fs_at::stat_if_exists(root, path, fs_at::Links::refuse));
  if (!status) return fail(ErrorKind::not_found, "/" + std::string(path) + ": disappeared");
  return *status;
}

}  // namespace

std::string join_path(std::string_view directory, std::string_view name) {
  if (directory.empty()) return std::string(name);
  std::string path;
  path.reserve(directory.size() + 1 + name.size());
  path.append(directory);
  if (!name.empty()) path.append("/").append(name);
  return path;
}

std::string_view directory_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

std::string_view name_of_path(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::string below_root(std::string_view path) {
  return parser::clean_path("/" + std::string(path)).substr(1);
}

Result<RootedPath> resolve_in_root(int root, std::string_view path, const PathFilter& visible,
                                   AboveRoot above) {
  std::vector<std::string> pending;
  push_components(pending, path);
  RootedPath here{.path = {}, .exists = true, .status = {}};
  here.status = MBUILD_TRY(stat_of(root, ""));
  int links = 0;
  while (!pending.empty()) {
    const std::string name = std::move(pending.back());
    pending.pop_back();
    if (name == "..") {
      if (here.path.empty() && above == AboveRoot::refuse) {
        return fail(ErrorKind::invalid_input,
                    "/" + std::string(path) + ": a symbolic link leads out of the root");
      }
      here.path = directory_of(here.path);
      here.status = MBUILD_TRY(stat_of(root, here.path));
      continue;
    }
    const std::string next = join_path(here.path, name);
    std::optional<struct stat> status;
    if (S_ISDIR(here.status.st_mode)) {
      status = MBUILD_TRY(fs_at::stat_if_exists(root, next, fs_at::Links::refuse));
    }
    if (!status || (visible && !visible(next, *status))) {
      return RootedPath{.path = rest_as_text(next, pending), .exists = false, .status = {}};
    }
    if (!S_ISLNK(status->st_mode)) {
      here.path = next;
      here.status = *status;
      continue;
    }
    if (++links > kMostLinks) {
      return fail(ErrorKind::invalid_input, "/" + std::string(path) + ": too many symbolic links");
    }
    const Fd link = MBUILD_TRY(fs_at::open(root, next, O_PATH | O_NOFOLLOW, fs_at::Links::refuse));
    const std::string target = MBUILD_TRY(fs_at::read_link(link.get(), ""));
    if (target.starts_with('/')) {
      here.path.clear();
      here.status = MBUILD_TRY(stat_of(root, ""));
    }
    push_components(pending, target);
  }
  return here;
}

}  // namespace mbuild::builder
