// TemporaryFolder: a folder beneath $TMPDIR or /tmp that goes with its owner.
#pragma once

#include <string>

#include "registry/base/result.h"

namespace mbuild::cli {

class TemporaryFolder {
 public:
  static Result<TemporaryFolder> make();
  TemporaryFolder(TemporaryFolder&& other) noexcept;
  TemporaryFolder& operator=(TemporaryFolder&&) = delete;
  ~TemporaryFolder();

  const std::string& path() const { return path_; }

 private:
  explicit TemporaryFolder(std::string path) : path_(std::move(path)) {}

  std::string path_;  // empty: moved from
};

}  // namespace mbuild::cli
