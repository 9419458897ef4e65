// OverlayForm: how an unpacked layer says what it hides of the layers below it.
#pragma once

#include <sys/stat.h>

#include <string>
#include <string_view>

#include "registry/base/result.h"

namespace mbuild::builder {

// The kernel's own form (Documentation/filesystems/overlayfs.rst, "whiteouts and opaque directories"): a
// character device 0:0 hides its name, a directory with the xattr "<namespace>.overlay.opaque" hides what
// lies below it. Only a process with CAP_SYS_ADMIN in the first user namespace may use the "trusted"
// namespace.
//
// In a folder that is an overlay itself, as the root file systems of containers are, nobody can make the
// device 0:0; a device 0:1, which no driver has, stands in for it there. Such a folder cannot be part of
// another overlay that is written to, so that the kernel never gets to see it.
class OverlayForm {
 public:
  enum class Xattrs { trusted, user };

  explicit OverlayForm(Xattrs xattrs) : xattrs_(xattrs) {}
  // The namespace that this process can use in `directory`, found out by trying.
  static Result<OverlayForm> probe(int directory);

  Xattrs xattrs() const { return xattrs_; }

  static bool is_whiteout(mode_t mode, dev_t device) {
    return S_ISCHR(mode) && (device == 0 || device == kStandIn);
  }
  static Result<void> make_whiteout(int directory, const std::string& name);

  // `directory` is open for reading.
  Result<bool> is_opaque(int directory) const;
  Result<void> make_opaque(int directory) const;
  Result<void> clear_opaque(int directory) const;

  // Names that mean something to overlayfs, which an archive must not set.
  static bool is_private(std::string_view xattr);

 private:
  static constexpr dev_t kStandIn = 1;  // makedev(0, 1)

  const char* opaque_name() const;
  Xattrs xattrs_;
};

}  // namespace mbuild::builder
