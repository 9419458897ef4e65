#include "builder/context/git_tidy.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <string>
#include <vector>

#include "builder/context/file_metadata.h"
#include "registry/base/fs_at.h"

namespace mbuild::builder {

namespace {

constexpr unsigned kDeepest = 2048;  // a path of git's is shorter than PATH_MAX

Result<void> set_time_at(int directory, const std::string& name, std::int64_t mtime) {
  const struct timespec time { .tv_sec = mtime / 1'000'000'000, .tv_nsec = mtime % 1'000'000'000 };
  const struct timespec times[2] = {time, time};
  if (::utimensat(directory, name.c_str(), times, AT_SYMLINK_NOFOLLOW) != 0)
    return fail_errno(errno, "set the time of " + name);
  return {};
}

Result<void> tidy(int directory, const GitTidyOptions& options, unsigned depth) {
  if (depth > kDeepest) return fail(ErrorKind::invalid_input, "the repository's folders are nested too deep");
  for (const std::string& name : MBUILD_TRY(fs_at::list(directory))) {
    if (name == ".git") {
      if (!options.keep_git_dir) MBUILD_CHECK(fs_at::remove_tree(directory, name));
      continue;
    }
    struct stat status {};
    if (::fstatat(directory, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0)
      return fail_errno(errno, "stat " + name);
    if (S_ISDIR(status.st_mode)) {
      const Fd below = MBUILD_TRY(fs_at::open(directory, name, O_RDONLY | O_DIRECTORY, fs_at::Links::refuse));
      MBUILD_CHECK_AS(name, tidy(below.get(), options, depth + 1));
      if (::fchmod(below.get(), 0755) != 0) return fail_errno(errno, "chmod " + name);
    } else if (S_ISREG(status.st_mode)) {
      const mode_t mode = (status.st_mode & 0100) != 0 ? 0755 : 0644;
      if (::fchmodat(directory, name.c_str(), mode, 0) != 0) return fail_errno(errno, "chmod " + name);
    }
    if (options.mtime) MBUILD_CHECK(set_time_at(directory, name, *options.mtime));
  }
  return {};
}

}  // namespace

Result<void> tidy_checkout(int directory, const GitTidyOptions& options) {
  MBUILD_CHECK(tidy(directory, options, 0));
  if (::fchmod(directory, 0755) != 0) return fail_errno(errno, "chmod");
  if (options.mtime) MBUILD_CHECK(set_mtime(directory, *options.mtime));
  return {};
}

}  // namespace mbuild::builder
