#include "builder/isolation.h"

#include <array>

#include "builder/build/rung.h"
#include "builder/sandbox/sandbox.h"
#include "builder/sandbox/user_namespace.h"

namespace mbuild::builder {

namespace {

struct Name {
  Isolation isolation;
  const char* text;
};
constexpr std::array names = {Name{Isolation::automatic, "auto"}, Name{Isolation::root, "root"},
                              Name{Isolation::subordinate_ids, "subordinate-ids"},
                              Name{Isolation::single_id, "single-id"}, Name{Isolation::chroot, "chroot"}};

}  // namespace

Result<Isolation> parse_isolation(std::string_view name) {
  for (const Name& known : names) {
    if (name == known.text) return known.isolation;
  }
  return fail(ErrorKind::invalid_input, "isolation \"" + std::string(name) +
                                            "\": must be auto, root, subordinate-ids, single-id or chroot");
}

std::string isolation_name(Isolation isolation) {
  for (const Name& known : names) {
    if (isolation == known.isolation) return known.text;
  }
  return "";
}

IsolationReport describe_isolation() {
  const SandboxProbe probe = probe_sandbox();
  const char* description = "";
  switch (probe.rung) {
    case Rung::root:
      description = "root, all namespaces";
      break;
    case Rung::subordinate_ids:
      description = "user namespace with subordinate ids";
      break;
    case Rung::single_id:
      description = "user namespace with one id";
      break;
    case Rung::no_namespaces:
      description = "no namespaces";
      break;
  }
  return {static_cast<int>(probe.rung), description, probe.why_not_better, probe.advice};
}

Result<Rung> choose_rung(Isolation wanted, const SandboxProbe& probe) {
  if (wanted == Isolation::automatic) return probe.rung;
  const auto rung = static_cast<Rung>(wanted);
  if (rung >= probe.rung) return rung;
  return std::unexpected(
      Error(ErrorKind::unsupported, "isolation " + isolation_name(wanted) + ": " + probe.why_not_better)
          .with_hint(probe.advice));
}

Result<Isolation> enter_isolation(Isolation wanted) {
  const Rung rung = MBUILD_TRY(choose_rung(wanted, probe_sandbox()));
  MBUILD_TRY_AS("isolation " + isolation_name(static_cast<Isolation>(rung)), enter_user_namespace(rung));
  return static_cast<Isolation>(rung);
}

}  // namespace mbuild::builder
