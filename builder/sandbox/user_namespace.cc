#include "builder/sandbox/user_namespace.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>
#include <string_view>

#include "builder/sandbox/capabilities.h"
#include "builder/sandbox/find_program.h"
#include "builder/sandbox/host_file.h"
#include "builder/sandbox/id_map.h"
#include "builder/sandbox/id_mapper.h"
#include "builder/sandbox/subordinate_ids.h"
#include "registry/base/fs_at.h"

namespace mbuild::builder {

namespace {

Result<IdMaps> subordinate_maps() {
  IdMaps maps;
  if (::geteuid() == 0) {
    maps.uids = map_to_itself(MBUILD_TRY(read_host_file("/proc/self/uid_map")));
    maps.gids = map_to_itself(MBUILD_TRY(read_host_file("/proc/self/gid_map")));
    return maps;
  }
  const SubordinateIds ids = own_subordinate_ids();
  if (ids.uids.empty() || ids.gids.empty()) {
    return fail(ErrorKind::unsupported, ids.user + " has no subordinate ids in /etc/subuid and /etc/subgid");
  }
  maps.uids = map_ranges(::geteuid(), ids.uids);
  maps.gids = map_ranges(::getegid(), ids.gids);
  maps.through_helpers = true;
  return maps;
}

Result<void> make_namespaces() {
  if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0) return {};
  if (errno == EINVAL)
    return fail(ErrorKind::internal, "make a user namespace: the program has threads already");
  return fail_errno(errno, "make a user namespace");
}

Result<void> write_own(const char* path, const std::string& text) {
  const Fd file = MBUILD_TRY(fs_at::open_trusted(path, O_WRONLY));
  if (::write(file.get(), text.data(), text.size()) < 0)
    return fail_errno(errno, std::string("write ") + path);
  return {};
}

// The one id that a process may map for itself, at the price of never changing its groups.
Result<void> enter_with_single_id() {
  const std::string uid_map = id_map_text({{0, ::geteuid(), 1}});
  const std::string gid_map = id_map_text({{0, ::getegid(), 1}});
  MBUILD_CHECK(make_namespaces());
  MBUILD_CHECK(write_own("/proc/self/setgroups", "deny"));
  MBUILD_CHECK(write_own("/proc/self/uid_map", uid_map));
  return write_own("/proc/self/gid_map", gid_map);
}

Result<void> enter_with_subordinate_ids() {
  const IdMaps maps = MBUILD_TRY(subordinate_maps());
  IdMapper mapper = MBUILD_TRY(IdMapper::start(maps));
  MBUILD_CHECK(make_namespaces());
  return mapper.map();
}

Result<void> become_root() {
  if (::setresgid(0, 0, 0) != 0 || ::setresuid(0, 0, 0) != 0) {
    return fail_errno(errno, "become root of the user namespace");
  }
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
    return fail_errno(errno, "make the mount namespace private");
  }
  return {};
}

}  // namespace

bool is_in_first_user_namespace() {
  constexpr ino_t first = 0xeffffffd;  // enum init_ns_ino of <linux/nsfs.h>, the same since Linux 3.8
  struct stat status {};
  return ::stat("/proc/self/ns/user", &status) == 0 && status.st_ino == first;
}

bool can_map_subordinate_ids() {
  return find_program("newuidmap") && find_program("newgidmap");
}

Result<bool> enter_user_namespace(Rung rung) {
  if (rung != Rung::subordinate_ids && rung != Rung::single_id) return false;
  const bool administers = (effective_capabilities() & capability_bit(CAP_SYS_ADMIN)) != 0;
  if (::geteuid() == 0 && administers && !is_in_first_user_namespace()) return false;
  MBUILD_CHECK(rung == Rung::single_id ? enter_with_single_id() : enter_with_subordinate_ids());
  MBUILD_CHECK(become_root());
  return true;
}

}  // namespace mbuild::builder
