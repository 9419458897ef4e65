#include "builder/exec/copy_target.h"

#include <sys/stat.h>

#include "builder/context/make_path.h"
#include "builder/context/rooted_path.h"

namespace mbuild::builder {

namespace {

constexpr std::uint32_t kDirectoryMode = 0755;

}  // namespace

bool names_directory(std::string_view destination) {
  return destination.ends_with('/') || destination.ends_with("/.");
}

std::string absolute_destination(std::string_view working_directory, std::string_view destination) {
  if (destination.empty() || destination == ".") destination = "./";
  const bool absolute = destination.starts_with('/');
  const std::string joined =
      absolute ? std::string(destination) : std::string(working_directory) + "/" + std::string(destination);
  std::string path = "/" + below_root(joined);
  if (path != "/" && destination.ends_with('/')) path += '/';
  if (destination.ends_with("/.")) path += path == "/" ? "." : "/.";
  return path;
}

CopyTarget::CopyTarget(int root, std::string_view destination, const CopyOptions& options)
    : root_(root),
      path_(below_root(destination)),
      is_directory_(path_.empty() || names_directory(destination)),
      options_(options) {}

std::uint32_t CopyTarget::directory_mode() const {
  return options_.chmod ? options_.chmod->created_directory_mode() : kDirectoryMode;
}

Result<std::string> CopyTarget::place(const SelectedSource& source) const {
  const std::string_view wanted = is_directory_ ? std::string_view(path_) : directory_of(path_);
  const RootedPath directory = MBUILD_TRY(resolve_in_root(root_, wanted));
  MBUILD_CHECK(make_path(root_, directory.path, directory_mode(), directory_owner()));

  RootedPath target = MBUILD_TRY(resolve_in_root(root_, path_));
  const bool contents = source.file.is_directory();
  if (!contents && target.exists && S_ISDIR(target.status.st_mode)) {
    // Not resolved any further: a link of that name is replaced.
    target.path = join_path(target.path, source.name);
  }
  const std::string_view needed =
      contents && !target.exists ? std::string_view(target.path) : directory_of(target.path);
  MBUILD_CHECK(make_path(root_, needed, directory_mode(), directory_owner()));
  return target.path;
}

Result<std::string> CopyTarget::place_archive() const {
  RootedPath target = MBUILD_TRY(resolve_in_root(root_, path_));
  MBUILD_CHECK(make_path(root_, target.path, kDirectoryMode, directory_owner()));
  return std::move(target.path);
}

}  // namespace mbuild::builder
