// Following symbolic links of an untrusted tree without leaving it.
#pragma once

#include <sys/stat.h>

#include <functional>
#include <string>
#include <string_view>

#include "registry/base/result.h"

namespace mbuild::builder {

struct RootedPath {
  std::string path;  // below the root, without links, "." and ".."; empty: the root itself
  bool exists = false;
  struct stat status {};  // of what is there, never of a link; set when `exists`
};

// What a walk to a path may step on: false for a name that is to be treated as absent.
using PathFilter = std::function<bool(std::string_view path, const struct stat& status)>;

// What ".." at the root means: the root, as in a chroot, or an error.
enum class AboveRoot { stop, refuse };

// Where `path` leads when `root` (a directory descriptor, borrowed) is taken for "/": links, the last one
// included, are followed; an absolute link starts again at `root` (containerd's fs.RootPath). From the first
// missing name on, or below something that is not a directory, the rest is taken as text. `invalid_input` for
// more than 255 links.
Result<RootedPath> resolve_in_root(int root, std::string_view path, const PathFilter& visible = nullptr,
                                   AboveRoot above = AboveRoot::stop);

// "a/b" + "c" = "a/b/c"; either may be empty.
std::string join_path(std::string_view directory, std::string_view name);

// The part before the last slash ("" when there is none) and the part after it.
std::string_view directory_of(std::string_view path);
std::string_view name_of_path(std::string_view path);

// `path` cleaned and taken from the root, without a leading slash: "../a//b/" gives "a/b", "/" gives "".
std::string below_root(std::string_view path);

}  // namespace mbuild::builder
