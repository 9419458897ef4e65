#include "builder/snapshot/overlay_form.h"

#include <sys/xattr.h>

#include <cerrno>

namespace mbuild::builder {

namespace {

constexpr char kProbe[] = "trusted.overlay.mbuild-probe";

}  // namespace

Result<OverlayForm> OverlayForm::probe(int directory) {
  if (::fsetxattr(directory, kProbe, "y", 1, 0) == 0) {
    ::fremovexattr(directory, kProbe);
    return OverlayForm(Xattrs::trusted);
  }
  // A file system without xattrs (ENOTSUP) can still hold layers that need none.
  if (errno == EPERM || errno == ENOTSUP) return OverlayForm(Xattrs::user);
  return fail_errno(errno, "set an extended attribute");
}

const char* OverlayForm::opaque_name() const {
  return xattrs_ == Xattrs::trusted ? "trusted.overlay.opaque" : "user.overlay.opaque";
}

Result<void> OverlayForm::make_whiteout(int directory, const std::string& name) {
  if (::mknodat(directory, name.c_str(), S_IFCHR, 0) == 0) return {};
  if (errno == EPERM && ::mknodat(directory, name.c_str(), S_IFCHR, kStandIn) == 0) return {};
  return fail_errno(errno, "make whiteout " + name);
}

Result<bool> OverlayForm::is_opaque(int directory) const {
  char value = 0;
  const ssize_t size = ::fgetxattr(directory, opaque_name(), &value, 1);
  if (size >= 0) return size == 1 && value == 'y';
  if (errno == ENODATA || errno == ENOTSUP || errno == ERANGE) return false;
  return fail_errno(errno, "read extended attributes");
}

Result<void> OverlayForm::make_opaque(int directory) const {
  if (::fsetxattr(directory, opaque_name(), "y", 1, 0) == 0) return {};
  return fail_errno(errno, "mark a directory opaque");
}

Result<void> OverlayForm::clear_opaque(int directory) const {
  if (::fremovexattr(directory, opaque_name()) == 0 || errno == ENODATA) return {};
  return fail_errno(errno, "mark a directory not opaque");
}

bool OverlayForm::is_private(std::string_view xattr) {
  return xattr.starts_with("trusted.overlay.") || xattr.starts_with("user.overlay.");
}

}  // namespace mbuild::builder
