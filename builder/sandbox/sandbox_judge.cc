#include "builder/sandbox/sandbox_facts.h"

namespace mbuild::builder {

namespace {

constexpr const char* run_as_root = "run as root, or in a privileged container";

// For a process that has CAP_SYS_ADMIN already: where it is decides how many owners an image's files can
// have.
SandboxProbe judge_administrator(const SandboxFacts& facts) {
  if (facts.in_first_user_namespace) return {Rung::root, "", ""};
  if (facts.mapped_ids > 1) {
    return {Rung::subordinate_ids, "in a user namespace with " + std::to_string(facts.mapped_ids) + " ids",
            run_as_root};
  }
  return {Rung::single_id, "in a user namespace with one id", facts.id_remedy};
}

}  // namespace

SandboxProbe judge_sandbox(const SandboxFacts& facts) {
  if (facts.may_administer && facts.step_obstacle.empty()) return judge_administrator(facts);
  const std::string not_better = facts.may_administer
                                     ? "steps cannot have namespaces: " + facts.step_obstacle
                                     : std::string(facts.is_root ? "no CAP_SYS_ADMIN" : "not root");
  if (!facts.user_namespace_obstacle.empty()) {
    return {Rung::no_namespaces, not_better + "; no user namespace: " + facts.user_namespace_obstacle,
            facts.user_namespace_remedy.empty() ? run_as_root : facts.user_namespace_remedy};
  }
  if (!facts.id_obstacle.empty()) {
    return {Rung::single_id, not_better + "; " + facts.id_obstacle, facts.id_remedy};
  }
  return {Rung::subordinate_ids, not_better, run_as_root};
}

}  // namespace mbuild::builder
