// What the name of a member of a layer's archive means (OCI image-spec, layer.md, "Whiteouts").
#pragma once

#include <string>
#include <string_view>

#include "registry/base/result.h"

namespace mbuild::builder {

enum class MemberKind {
  file,      // of any type
  whiteout,  // ".wh.NAME": NAME is deleted
  opaque,    // ".wh..wh..opq": nothing of the directory below is seen
  metadata,  // of AUFS: left out
};

MemberKind kind_of_member(std::string_view path);

// The name that a whiteout with this name deletes; `corrupt` for "", "." and "..".
Result<std::string> whiteout_target(std::string_view name);

// The xattrs of an archive that a layer keeps: security.capability and "user." ones, but none that mean
// something to overlayfs.
bool is_kept_xattr(std::string_view name);

}  // namespace mbuild::builder
