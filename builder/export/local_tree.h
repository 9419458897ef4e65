// LocalTree: a directory of the caller's that the files of an image are written into.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "builder/export/tree_walk.h"
#include "registry/base/fd.h"

namespace mbuild::builder {

// Entries are given as walk_tree() finds them. Symlinks in the directory are replaced, never followed. Not
// thread-safe.
class LocalTree {
 public:
  // Opens the directory `path`, making it and those that lead to it.
  static Result<LocalTree> open(const std::string& path);

  Result<void> add(const TreeFile& file);
  // Gives directories their final modes and times. Called once, after the last add().
  Result<void> finish();

 private:
  explicit LocalTree(Fd root) : root_(std::move(root)) {}
  Result<int> parent_of(const std::string& path);
  Result<void> make_directory(int parent, const std::string& name, const oci::Entry& entry);
  Result<void> link_first_name(int parent, const std::string& name, const oci::Entry& entry);

  Fd root_;
  std::string open_path_;  // of the directory that was last written into
  Fd open_dir_;
  std::vector<oci::Entry> directories_;
};

}  // namespace mbuild::builder
