#include "builder/sandbox/sandbox.h"

#include "builder/sandbox/linux_sandbox.h"

namespace mbuild::builder {

Result<std::unique_ptr<Sandbox>> make_sandbox(Rung rung) {
  switch (rung) {
    case Rung::root:
    case Rung::subordinate_ids:
    case Rung::single_id:
      return std::make_unique<LinuxSandbox>();
    case Rung::no_namespaces:
      return fail(ErrorKind::unsupported, "steps without namespaces are not supported");
  }
  return fail(ErrorKind::internal, "make a sandbox: no such rung");
}

}  // namespace mbuild::builder
