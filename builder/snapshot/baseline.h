// Baseline: what a copied tree was before a step ran in it.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "builder/snapshot/lower_tree.h"
#include "builder/snapshot/merged_tree.h"
#include "builder/snapshot/tree_copier.h"

namespace mbuild::builder {

// The tree below a workspace that is a copy: known by name and metadata, its contents in the layers.
class Baseline : public LowerTree {
 public:
  // Copies the tree to the empty directory `target` and remembers it. What is changed in `target` later can
  // be told from the files' inode numbers and ctimes, which no process can set.
  static Result<Baseline> copy(MergedTree tree, int target);

  Result<std::optional<DirectoryEntry>> find(const std::string& directory, const std::string& name) override;
  Result<std::vector<DirectoryEntry>> list(const std::string& directory) override;
  Result<Fd> open(const std::string& path) override;

  // Adds to the empty directory `upper`, in overlay form, all of `target` that may have changed, with the
  // directories that lead there, and whiteouts of what is gone.
  Result<void> collect_changes(int target, int upper) const;

 private:
  struct File {
    DirectoryEntry entry;  // as it is in the copy
    std::size_t layer = 0;
    bool missing = false;  // in the copy: a device node that could not be made
  };
  using Files = std::vector<File>;  // sorted by name
  class Collector;

  explicit Baseline(MergedTree tree) : tree_(std::move(tree)) {}
  Result<void> copy_directory(TreeCopier& copier, const std::string& path,
                              const std::vector<std::size_t>& layers);
  Result<void> remember_copy(int target);
  const File* find_file(const std::string& directory, const std::string& name) const;

  MergedTree tree_;
  std::unordered_map<std::string, Files> directories_;
};

}  // namespace mbuild::builder
