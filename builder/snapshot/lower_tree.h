// LowerTree: what a layer is compared with - the tree that all layers below it make.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "builder/snapshot/directory.h"
#include "registry/base/fd.h"
#include "registry/base/result.h"

namespace mbuild::builder {

// Paths are relative, "" is the root. Not thread-safe.
class LowerTree {
 public:
  virtual ~LowerTree() = default;
  // An entry of a directory of the tree.
  virtual Result<std::optional<DirectoryEntry>> find(const std::string& directory,
                                                     const std::string& name) = 0;
  // All of them, sorted.
  virtual Result<std::vector<DirectoryEntry>> list(const std::string& directory) = 0;
  // A regular file, for reading.
  virtual Result<Fd> open(const std::string& path) = 0;
};

// A tree that lies in a directory. Nobody changes it meanwhile.
class DirectoryTree : public LowerTree {
 public:
  explicit DirectoryTree(int root) : root_(root) {}  // borrowed
  Result<std::optional<DirectoryEntry>> find(const std::string& directory, const std::string& name) override;
  Result<std::vector<DirectoryEntry>> list(const std::string& directory) override;
  Result<Fd> open(const std::string& path) override;

 private:
  Result<int> enter(const std::string& directory);

  int root_;
  std::string last_path_;  // the directory that was asked for last is asked for next
  Fd last_;
};

}  // namespace mbuild::builder
