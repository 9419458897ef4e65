#include "builder/snapshot/layer_member.h"

#include "builder/snapshot/overlay_form.h"

namespace mbuild::builder {

namespace {

constexpr std::string_view kWhiteoutPrefix = ".wh.";
constexpr std::string_view kMetadataPrefix = ".wh..wh.";
constexpr std::string_view kOpaqueMarker = ".wh..wh..opq";

}  // namespace

MemberKind kind_of_member(std::string_view path) {
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    const std::string_view name = path.substr(0, slash);
    path = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
    if (path.empty() && name == kOpaqueMarker) return MemberKind::opaque;
    if (name.starts_with(kMetadataPrefix)) return MemberKind::metadata;
    if (path.empty() && name.starts_with(kWhiteoutPrefix)) return MemberKind::whiteout;
  }
  return MemberKind::file;
}

Result<std::string> whiteout_target(std::string_view name) {
  name.remove_prefix(kWhiteoutPrefix.size());
  if (!name.empty() && name != "." && name != "..") return std::string(name);
  return fail(ErrorKind::corrupt, "a whiteout of no name");
}

bool is_kept_xattr(std::string_view name) {
  return name == "security.capability" || (name.starts_with("user.") && !OverlayForm::is_private(name));
}

}  // namespace mbuild::builder
