#include "builder/sandbox/capabilities.h"

#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace mbuild::builder {

namespace {

// The kernel's interface wants 64 capabilities as two words.
struct CapabilitySets {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct words[_LINUX_CAPABILITY_U32S_3]{};
};

int read_sets(CapabilitySets& sets) {
  return ::syscall(SYS_capget, &sets.header, sets.words) == 0 ? 0 : errno;
}

}  // namespace

std::uint64_t effective_capabilities() {
  CapabilitySets sets;
  if (read_sets(sets) != 0) return 0;
  return sets.words[0].effective | std::uint64_t{sets.words[1].effective} << 32;
}

int limit_capabilities(std::uint64_t keep) {
  for (int capability = 0; capability < 64; ++capability) {
    if ((keep & capability_bit(capability)) != 0) continue;
    if (::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0) continue;
    if (errno == EINVAL) break;  // the kernel knows no higher ones
    return errno;
  }
  if (::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0) return errno;
  CapabilitySets sets;
  if (const int error = read_sets(sets); error != 0) return error;
  for (auto& word : sets.words) word.inheritable = 0;
  return ::syscall(SYS_capset, &sets.header, sets.words) == 0 ? 0 : errno;
}

}  // namespace mbuild::builder
