// Making a checkout independent of the machine it was made on.
#pragma once

#include <cstdint>
#include <optional>

#include "registry/base/result.h"

namespace mbuild::builder {

struct GitTidyOptions {
  bool keep_git_dir = false;
  std::optional<std::int64_t> mtime;  // of every file and directory, nanoseconds since the epoch
};

// Below `directory` (borrowed, nobody else writes to it): files become 0644 or 0755, directories 0755, as
// git tracks no more than that; whatever is called ".git", which no commit can hold, is removed unless it is
// to be kept.
Result<void> tidy_checkout(int directory, const GitTidyOptions& options);

}  // namespace mbuild::builder
