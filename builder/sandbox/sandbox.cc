#include "builder/sandbox/sandbox.h"

#include "builder/sandbox/capabilities.h"
#include "builder/sandbox/linux_sandbox.h"

namespace mbuild::builder {

Result<std::unique_ptr<Sandbox>> make_sandbox(Rung rung) {
  constexpr const char* action = "isolate RUN steps: ";
  if (rung == Rung::no_namespaces) {
    SandboxProbe probe = probe_sandbox();
    std::string reason = probe.why_not_better.empty() ? "steps without namespaces" : probe.why_not_better;
    return std::unexpected(Error(ErrorKind::unsupported, action + reason).with_hint(probe.advice));
  }
  if ((effective_capabilities() & capability_bit(CAP_SYS_ADMIN)) == 0) {
    return fail(ErrorKind::unsupported,
                std::string(action) + "namespaces need CAP_SYS_ADMIN, if only that of a user namespace");
  }
  return std::make_unique<LinuxSandbox>();
}

}  // namespace mbuild::builder
