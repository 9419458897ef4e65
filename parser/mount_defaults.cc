#include "parser/mount.h"
#include "parser/path.h"

namespace mbuild::parser {

namespace {

std::string last_name(std::string_view path) {
  const std::string clean = clean_path(path);
  const std::size_t slash = clean.rfind('/');
  return slash == std::string::npos || clean.size() == 1 ? clean : clean.substr(slash + 1);
}

void default_owner(Mount& mount, std::uint32_t mode) {
  if (!mount.mode) mount.mode = mode;
  if (!mount.uid) mount.uid = 0;
  if (!mount.gid) mount.gid = 0;
}

}  // namespace

Mount with_defaults(Mount mount, std::size_t ssh_number) {
  const bool writable = mount.type == MountType::cache || mount.type == MountType::tmpfs;
  if (!mount.read_only) mount.read_only = !writable;
  switch (mount.type) {
    case MountType::cache:
      if (mount.id.empty()) mount.id = clean_path(mount.target);
      if (!mount.sharing) mount.sharing = CacheSharing::shared;
      default_owner(mount, 0755);
      break;
    case MountType::secret:
      if (mount.id.empty()) mount.id = last_name(mount.target);
      if (mount.target.empty() && !mount.env) mount.target = "/run/secrets/" + last_name(mount.id);
      default_owner(mount, 0400);
      break;
    case MountType::ssh:
      if (mount.id.empty()) mount.id = "default";
      if (mount.target.empty()) mount.target = "/run/buildkit/ssh_agent." + std::to_string(ssh_number);
      default_owner(mount, 0600);
      break;
    case MountType::bind:
    case MountType::tmpfs:
      break;
  }
  return mount;
}

}  // namespace mbuild::parser
