#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "builder/sandbox/sandbox.h"

namespace mbuild::builder {

namespace {

bool has_capability(int capability) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2]{};
  if (syscall(SYS_capget, &header, data) != 0) return false;
  return data[CAP_TO_INDEX(capability)].effective & CAP_TO_MASK(capability);
}

}  // namespace

SandboxProbe probe_sandbox() {
  SandboxProbe probe;
  if (has_capability(CAP_SYS_ADMIN)) return probe;
  probe.rung = Rung::no_namespaces;
  if (geteuid() == 0) {
    probe.why_not_better =
        "this process is root without CAP_SYS_ADMIN, so it cannot make namespaces or mounts";
    probe.advice = "give the container CAP_SYS_ADMIN (docker run --cap-add SYS_ADMIN)";
  } else {
    probe.why_not_better =
        "this process is not root, and steps of ordinary users are not supported by this version";
    probe.advice = "sudo mbuild ...";
  }
  return probe;
}

}  // namespace mbuild::builder
