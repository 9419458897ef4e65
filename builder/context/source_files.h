// SourceFiles: the files of one build context or remote source, wherever they come from.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "builder/context/source_tree.h"
#include "registry/base/result.h"

namespace mbuild::builder {

// Thread-safe.
class SourceFiles {
 public:
  virtual ~SourceFiles() = default;

  // What tells these files from others before any is opened: a commit, the digest of a download. Empty when
  // only looking at them tells. May ask a server; once.
  virtual Result<std::string> version() = 0;

  // Fetches what is not there yet. The tree is valid as long as this object is.
  virtual Result<SourceTree> open() = 0;

  // When they came to be, in seconds since the epoch, when their origin says so: the time of a commit, what a
  // server calls Last-Modified. May fetch them. A directory has none.
  virtual Result<std::optional<std::int64_t>> time() { return std::nullopt; }

  // Keeps what was learnt of the files for the next build.
  virtual Result<void> save_index() const { return {}; }
};

}  // namespace mbuild::builder
