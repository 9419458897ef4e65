// OutputFile: where an exporter writes one stream: a file that appears whole or not at all, a device, or a
// descriptor.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "registry/base/fd.h"
#include "registry/base/stream.h"

namespace mbuild::builder {

class OutputFile : public ByteSink {
 public:
  // `dest` is a path (directories on the way must exist; a symlink at its end is followed), or "-" or empty
  // for `output_fd`, which is borrowed; -1 there, or a terminal, is `invalid_input`. A device, pipe or socket
  // at the path is written to as it is. `cancel` (may be null) makes writes fail with `cancelled`.
  static Result<std::unique_ptr<OutputFile>> open(const std::string& dest, int output_fd,
                                                  const std::atomic<bool>* cancel);
  // After the last write. Without it nothing appears at a path.
  virtual Result<void> commit() = 0;
};

}  // namespace mbuild::builder
