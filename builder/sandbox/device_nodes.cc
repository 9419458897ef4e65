#include "builder/sandbox/device_nodes.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>

namespace mbuild::builder {

namespace {

constexpr const char* names[] = {"null", "zero", "full", "random", "urandom", "tty"};

struct Device {
  const char* name;
  unsigned major;
  unsigned minor;
};
constexpr Device devices[] = {{"null", 1, 3},   {"zero", 1, 5},    {"full", 1, 7},
                              {"random", 1, 8}, {"urandom", 1, 9}, {"tty", 5, 0}};
static_assert(std::size(names) == std::size(devices));

struct Link {
  const char* name;
  const char* target;
};
constexpr Link links[] = {{"fd", "/proc/self/fd"},       {"stdin", "/proc/self/fd/0"},
                          {"stdout", "/proc/self/fd/1"}, {"stderr", "/proc/self/fd/2"},
                          {"core", "/proc/kcore"},       {"ptmx", "pts/ptmx"}};

std::unexpected<Error> make_failure(const char* name) {
  return fail_errno(errno, std::string("make /dev/") + name);
}

}  // namespace

std::span<const char* const> device_names() {
  return names;
}

Result<bool> make_device_nodes(int dev) {
  for (const Device& device : devices) {
    if (::mknodat(dev, device.name, S_IFCHR | 0666, makedev(device.major, device.minor)) == 0) continue;
    if (errno == EPERM) return false;
    return make_failure(device.name);
  }
  return true;
}

Result<void> make_device_links(int dev) {
  for (const Link& link : links) {
    if (::symlinkat(link.target, dev, link.name) != 0) return make_failure(link.name);
  }
  return {};
}

Result<void> fill_plain_dev(int dev) {
  const bool has_nodes = MBUILD_TRY(make_device_nodes(dev));
  // Scripts throw output away, if only into a file.
  if (!has_nodes && ::mknodat(dev, "null", S_IFREG | 0666, 0) != 0) return make_failure("null");
  for (const char* name : has_nodes ? device_names() : device_names().first(1)) {
    if (::fchmodat(dev, name, 0666, 0) != 0) return make_failure(name);
  }
  // Mount points elsewhere; programs look for them.
  for (const auto& [name, mode] :
       {std::pair("shm", 01777), std::pair("mqueue", 01777), std::pair("pts", 0755)}) {
    if (::mkdirat(dev, name, 0700) != 0 || ::fchmodat(dev, name, static_cast<mode_t>(mode), 0) != 0)
      return make_failure(name);
  }
  return make_device_links(dev);
}

}  // namespace mbuild::builder
