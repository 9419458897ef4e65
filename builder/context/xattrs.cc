#include "builder/context/xattrs.h"

#include <sys/xattr.h>

#include <cerrno>

#include "registry/base/file_owner.h"

namespace mbuild::builder {

namespace {

// Calls `read(data, size)` until its answer fits.
template <class Read>
Result<std::string> read_all(const Read& read, std::string_view action) {
  std::string buffer(1024, '\0');
  for (;;) {
    const ssize_t size = read(buffer.data(), buffer.size());
    if (size >= 0) {
      buffer.resize(static_cast<std::size_t>(size));
      return buffer;
    }
    if (errno == ENOTSUP) return std::string();
    if (errno != ERANGE) return fail_errno(errno, action);
    const ssize_t needed = read(nullptr, 0);
    if (needed < 0) return fail_errno(errno, action);
    buffer.resize(static_cast<std::size_t>(needed) + 64);
  }
}

}  // namespace

bool xattr_counts(std::string_view name) {
  if (name.starts_with("trusted.overlay.") || name.starts_with("user.overlay.")) return false;
  if (is_owner_record(name)) return false;
  return name.starts_with("user.") || name.starts_with("trusted.") || name == "security.capability";
}

Result<XattrMap> read_xattrs(int fd) {
  char few[256];
  const ssize_t size = ::flistxattr(fd, few, sizeof few);
  if (size == 0 || (size < 0 && errno == ENOTSUP)) return XattrMap();
  const std::string names =
      MBUILD_TRY(read_all([&](char* data, std::size_t length) { return ::flistxattr(fd, data, length); },
                          "list extended attributes"));

  XattrMap xattrs;
  for (std::size_t begin = 0; begin < names.size();) {
    const std::string name = names.c_str() + begin;
    begin += name.size() + 1;
    if (!xattr_counts(name)) continue;
    xattrs[name] = MBUILD_TRY(
        read_all([&](char* data, std::size_t length) { return ::fgetxattr(fd, name.c_str(), data, length); },
                 "read extended attribute " + name));
  }
  return xattrs;
}

void set_xattrs(int fd, const XattrMap& xattrs) {
  for (const auto& [name, value] : xattrs) ::fsetxattr(fd, name.c_str(), value.data(), value.size(), 0);
}

}  // namespace mbuild::builder
