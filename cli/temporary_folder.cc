#include "cli/temporary_folder.h"

#include <fcntl.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <utility>

#include "registry/base/fs_at.h"

namespace mbuild::cli {

Result<TemporaryFolder> TemporaryFolder::make() {
  std::error_code error;
  std::string path = (std::filesystem::temp_directory_path(error) / "mbuild-XXXXXX").string();
  if (error) return fail_errno(error.value(), "find the folder for temporary files");
  if (mkdtemp(path.data()) == nullptr) return fail_errno(errno, "make the temporary folder " + path);
  return TemporaryFolder(std::move(path));
}

TemporaryFolder::TemporaryFolder(TemporaryFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}

TemporaryFolder::~TemporaryFolder() {
  if (path_.empty()) return;
  const std::filesystem::path path(path_);
  if (const auto parent = fs_at::open_trusted(path.parent_path().string(), O_RDONLY | O_DIRECTORY))
    (void)fs_at::remove_tree(parent->get(), path.filename().string());
}

}  // namespace mbuild::cli
