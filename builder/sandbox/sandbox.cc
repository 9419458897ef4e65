#include "builder/sandbox/sandbox.h"

#include "builder/sandbox/capabilities.h"
#include "builder/sandbox/chroot_sandbox.h"
#include "builder/sandbox/linux_sandbox.h"

namespace mbuild::builder {

namespace {

bool has_capability(int capability) {
  return (effective_capabilities() & capability_bit(capability)) != 0;
}

std::unexpected<Error> refuse(const std::string& reason) {
  return fail(ErrorKind::unsupported, "isolate RUN steps: " + reason);
}

}  // namespace

Result<std::unique_ptr<Sandbox>> make_sandbox(Rung rung) {
  if (rung != Rung::no_namespaces) {
    if (!has_capability(CAP_SYS_ADMIN)) {
      return refuse("namespaces need CAP_SYS_ADMIN, if only that of a user namespace");
    }
    return std::make_unique<LinuxSandbox>();
  }
  if (!has_capability(CAP_SYS_CHROOT) || !has_capability(CAP_SETUID) || !has_capability(CAP_SETGID)) {
    const SandboxProbe probe = probe_sandbox();
    const std::string why = probe.why_not_better.empty() ? "" : " (" + probe.why_not_better + ")";
    Error error(ErrorKind::unsupported,
                "isolate RUN steps: no namespaces" + why + ", and no CAP_SYS_CHROOT to do without");
    return std::unexpected(std::move(error).with_hint(
        probe.advice.empty() ? "run as root of the container" : probe.advice + "; or run as root"));
  }
  return std::make_unique<ChrootSandbox>();
}

}  // namespace mbuild::builder
