// What probe_sandbox() knows of the machine, and what it makes of it.
#pragma once

#include <cstdint>
#include <string>

#include "builder/sandbox/sandbox.h"

namespace mbuild::builder {

struct SandboxFacts {
  bool is_root = false;         // uid 0 of its user namespace
  bool may_administer = false;  // has CAP_SYS_ADMIN
  bool in_first_user_namespace = false;
  std::uint64_t mapped_ids = 0;  // how many uids its user namespace has
  std::string user;

  // What stops a process from setting up a step in new namespaces, as it is and in a user namespace of its
  // own; empty when nothing does. The latter is asked only without the former.
  std::string step_obstacle;
  std::string user_namespace_obstacle;
  std::string user_namespace_remedy;  // the command that lifts it, if there is one

  // What stops a user from mapping subordinate ids, and the command that lifts it.
  std::string id_obstacle;
  std::string id_remedy;
};

// Tries things out in short-lived children; changes nothing. About a millisecond.
SandboxFacts gather_sandbox_facts();

SandboxProbe judge_sandbox(const SandboxFacts& facts);

}  // namespace mbuild::builder
