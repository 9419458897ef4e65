#include "builder/cache/store_folder.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <filesystem>

#include "registry/base/fs_at.h"

namespace mbuild::builder {

namespace {

Result<void> make_root(const std::string& path) {
  std::error_code error;
  const auto parent = std::filesystem::path(path).parent_path();
  if (!parent.empty()) std::filesystem::create_directories(parent, error);
  if (error) return fail_errno(error.value(), "make directory " + parent.string());
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return fail_errno(errno, "make directory " + path);
  return {};
}

}  // namespace

Result<Fd> open_store_folder(const std::string& store_root, const std::string& name) {
  const std::string path = store_root + "/" + name;
  auto folder = fs_at::open_trusted(path, O_RDONLY | O_DIRECTORY);
  if (folder || folder.error().kind() != ErrorKind::not_found) return folder;
  MBUILD_CHECK(make_root(store_root));
  if (::mkdir(path.c_str(), 0755) != 0 && errno != EEXIST) return fail_errno(errno, "make directory " + path);
  return fs_at::open_trusted(path, O_RDONLY | O_DIRECTORY);
}

}  // namespace mbuild::builder
