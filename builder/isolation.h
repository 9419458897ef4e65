// Isolation: which rung of the ladder (README, "Isolation") the builds of a program stand on.
#pragma once

#include <string>
#include <string_view>

#include "registry/base/result.h"

#pragma GCC visibility push(default)

namespace mbuild::builder {

enum class Isolation {
  automatic,        // the best that the machine allows
  root,             // all namespaces
  subordinate_ids,  // a user namespace with subordinate ids
  single_id,        // a user namespace with one id
  chroot,           // no namespaces
};

// "auto", "root", "subordinate-ids", "single-id" or "chroot".
Result<Isolation> parse_isolation(std::string_view name);
std::string isolation_name(Isolation isolation);

// What probing the machine says. Changes nothing; call it before enter_isolation(), which hides the answer.
struct IsolationReport {
  int rung = 0;                // 1 (all namespaces) to 4 (none)
  std::string description;     // "user namespace with subordinate ids"
  std::string why_not_better;  // empty on the first rung
  std::string advice;          // a command that would enable the next better rung
};
IsolationReport describe_isolation();

// Readies the calling process for builds with `wanted`: for an ordinary user it becomes root of a user
// namespace, for ever. To be called at the start of a program, on its only thread; a program that has threads
// cannot build as an ordinary user. Files of the store that such a build makes belong to the user's
// subordinate ids, so whatever else touches the store is to be done after this call, too.
//
// Gives the rung that the process now stands on, for BuildRequest::isolation. `unsupported`, with what would
// help, when `wanted` cannot be had.
Result<Isolation> enter_isolation(Isolation wanted);

}  // namespace mbuild::builder

#pragma GCC visibility pop
