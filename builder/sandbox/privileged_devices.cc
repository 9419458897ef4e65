#include "builder/sandbox/privileged_devices.h"

#include <fcntl.h>
#include <linux/loop.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <cerrno>
#include <string>

#include "registry/base/fs_at.h"

namespace mbuild::builder {

namespace {

constexpr unsigned loop_major = 7;
constexpr int spare_loops = 8;

struct Device {
  const char* name;
  unsigned major;
  unsigned minor;
};
constexpr Device devices[] = {{"kmsg", 1, 11},  {"cuse", 10, 203},    {"fuse", 10, 229},
                              {"kvm", 10, 232}, {"net/tun", 10, 200}, {"loop-control", 10, 237}};

Result<void> make(int dev, const std::string& name, mode_t type, unsigned major, unsigned minor) {
  if (::mknodat(dev, name.c_str(), type | 0666, makedev(major, minor)) != 0) {
    return fail_errno(errno, "make /dev/" + name);
  }
  return {};
}

// 0 where the machine has no loop devices.
int first_free_loop() {
  const auto control = fs_at::open_trusted("/dev/loop-control", O_RDWR);
  return control ? std::max(::ioctl(control->get(), LOOP_CTL_GET_FREE), 0) : 0;
}

}  // namespace

Result<void> make_privileged_devices(int dev) {
  if (::mkdirat(dev, "net", 0755) != 0) return fail_errno(errno, "make /dev/net");
  for (const Device& device : devices) {
    MBUILD_CHECK(make(dev, device.name, S_IFCHR, device.major, device.minor));
  }
  const int loops = first_free_loop() + spare_loops;
  for (int i = 0; i < loops; ++i) {
    MBUILD_CHECK(make(dev, "loop" + std::to_string(i), S_IFBLK, loop_major, static_cast<unsigned>(i)));
  }
  return {};
}

}  // namespace mbuild::builder
