#include "builder/exec/disk_room.h"

#include <sys/statvfs.h>

namespace mbuild::builder {

namespace {

constexpr unsigned long long kLittle = 1 << 20;  // bytes

}  // namespace

bool disk_is_full(const std::string& store_root) {
  struct statvfs disk {};
  if (::statvfs(store_root.c_str(), &disk) != 0) return false;
  const bool counts_files = disk.f_files != 0;  // btrfs, for one, does not
  return static_cast<unsigned long long>(disk.f_bavail) * disk.f_frsize < kLittle ||
         (counts_files && disk.f_favail == 0);
}

std::string make_room_hint(const std::string& store_root) {
  return "make room in " + store_root + ", or name a store on another disk with --root";
}

}  // namespace mbuild::builder
