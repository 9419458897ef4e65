// SIGINT and SIGTERM cancel the build; another one, two seconds later or more, ends the program at once.
#pragma once

#include "builder/build.h"

namespace mbuild::cli {

// For the life of the object; one at a time.
class InterruptGuard {
 public:
  explicit InterruptGuard(builder::CancelToken token);
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;
};

}  // namespace mbuild::cli
