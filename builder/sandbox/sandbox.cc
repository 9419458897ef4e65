#include "builder/sandbox/sandbox.h"

#include "builder/sandbox/linux_sandbox.h"

namespace mbuild::builder {

Result<std::unique_ptr<Sandbox>> make_sandbox(Rung rung) {
  if (rung == Rung::root) return std::make_unique<LinuxSandbox>();
  SandboxProbe probe = probe_sandbox();
  std::string reason =
      probe.why_not_better.empty() ? "only steps run by root are supported" : probe.why_not_better;
  return std::unexpected(
      Error(ErrorKind::unsupported, "isolate RUN steps: " + reason).with_hint(probe.advice));
}

}  // namespace mbuild::builder
