// Values of --mount: reading them ends, errors point into them, and defaults leave nothing open.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "parser/mount.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mbuild::parser;
  const std::string_view value(reinterpret_cast<const char*>(data), size);
  const auto from = find_mount_from(value);
  if (from && *from) require((*from)->begin <= (*from)->end && (*from)->end <= size);
  if (!from) require(from.error().begin <= from.error().end && from.error().end <= size);

  auto mount = read_mount(value);
  if (!mount) {
    require(!mount.error().message.empty());
    require(mount.error().begin <= mount.error().end && mount.error().end <= size);
    return 0;
  }
  require(from.has_value() && (*from ? (*from)->name : "") == mount->from);
  const Mount whole = with_defaults(*mount, 0);
  require(whole.read_only.has_value());
  require(!whole.target.empty() || whole.env);
  require(whole.type == MountType::bind || whole.type == MountType::tmpfs ||
          (!whole.id.empty() && whole.mode && whole.uid && whole.gid));
  return 0;
}
