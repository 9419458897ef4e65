// Where the sources of a COPY land.
#pragma once

#include <string>
#include <string_view>

#include "builder/context/selection.h"
#include "builder/exec/copy_options.h"
#include "registry/base/fd.h"
#include "registry/base/result.h"

namespace mbuild::builder {

// The destination of a COPY as an absolute path: taken from `working_directory` when it is relative, cleaned,
// a trailing "/" or "/." kept. Empty and "." are the working directory with a slash (dockerfile2llb
// pathRelativeToWorkingDir).
std::string absolute_destination(std::string_view working_directory, std::string_view destination);

// Whether a destination says by its form that it is a directory.
bool names_directory(std::string_view destination);

// One destination in one root, which is borrowed.
class CopyTarget {
 public:
  CopyTarget(int root, std::string_view destination, const CopyOptions& options);

  // Where `source` lands, below the root and resolved. Its parent directories are made; so is the place
  // itself for a directory's contents, unless something else is there already.
  Result<std::string> place(const SelectedSource& source) const;

  // The place of an archive's contents: a directory, which is made.
  Result<std::string> place_archive() const;

 private:
  std::uint32_t directory_mode() const;
  Owner directory_owner() const { return options_.chown.value_or(Owner{}); }

  const int root_;
  const std::string path_;   // below the root, cleaned, links unresolved
  const bool is_directory_;  // said so by its form
  const CopyOptions& options_;
};

}  // namespace mbuild::builder
