#include "builder/context/scratch_folder.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <utility>

#include "registry/base/fs_at.h"

namespace mbuild::builder {

Result<ScratchFolder> ScratchFolder::make(int parent, std::string name) {
  if (::mkdirat(parent, name.c_str(), 0700) != 0) return fail_errno(errno, "make a folder for fetched files");
  ScratchFolder folder(parent, name, Fd());
  folder.fd_ = MBUILD_TRY(fs_at::open(parent, name, O_RDONLY | O_DIRECTORY, fs_at::Links::refuse));
  return folder;
}

ScratchFolder::ScratchFolder(ScratchFolder&& other) noexcept
    : parent_(std::exchange(other.parent_, -1)), name_(std::move(other.name_)), fd_(std::move(other.fd_)) {}

ScratchFolder& ScratchFolder::operator=(ScratchFolder&& other) noexcept {
  if (this == &other) return *this;
  remove();
  parent_ = std::exchange(other.parent_, -1);
  name_ = std::move(other.name_);
  fd_ = std::move(other.fd_);
  return *this;
}

ScratchFolder::~ScratchFolder() {
  remove();
}

std::string ScratchFolder::path() const {
  std::array<char, PATH_MAX> buffer;
  const std::string link = "/proc/self/fd/" + std::to_string(fd_.get());
  const ssize_t size = ::readlink(link.c_str(), buffer.data(), buffer.size());
  return size > 0 ? std::string(buffer.data(), static_cast<std::size_t>(size)) : std::string();
}

void ScratchFolder::remove() noexcept {
  fd_.reset();
  // What cannot be removed now is swept when the store is opened next.
  if (parent_ >= 0) static_cast<void>(fs_at::remove_tree(parent_, name_));
  parent_ = -1;
}

}  // namespace mbuild::builder
