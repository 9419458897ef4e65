// The keeper of a helper program: the first process of a pid namespace, whose end is the end of all in it.
#pragma once

#include <sys/types.h>

namespace mbuild::builder {

// Worked out before the fork; plain pointers into memory of the caller.
struct KeeperPlan {
  const char* program = nullptr;       // a path
  char* const* arguments = nullptr;    // nullptr at the end
  char* const* environment = nullptr;  // nullptr at the end
  int kept = -1;                       // becomes descriptor 3 of the program
  int errors = -1;                     // the program's standard error
  int lifeline = -1;                   // when its other end is closed, the keeper ends
  int outcome = -1;  // an int comes out of it once the program has ended or gone into the background:
                     // its wait status
};

// Runs the program and stays while something of it runs and the lifeline holds. In a child made by fork(3) as
// the first of a pid namespace, with all signals blocked.
[[noreturn]] void run_keeper(const KeeperPlan& plan);

}  // namespace mbuild::builder
