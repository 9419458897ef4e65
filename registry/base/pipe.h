// Pipes.
#pragma once

#include "registry/base/fd.h"
#include "registry/base/result.h"

namespace mbuild {

struct Pipe {
  Fd reader;
  Fd writer;
};

// pipe2(2); `flags` beside O_CLOEXEC.
Result<Pipe> make_pipe(int flags = 0);

}  // namespace mbuild
