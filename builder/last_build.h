// What the store remembers of the last build of a Dockerfile, step by step, for editors.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "builder/events.h"
#include "registry/base/result.h"

#pragma GCC visibility push(default)

namespace mbuild::builder {

struct LastBuildStep {
  unsigned first_line = 0, last_line = 0;  // 1-based, of the text that was built
  std::string text;                        // those lines, blanks at both ends aside
  StepOutcome outcome = StepOutcome::executed;
  std::chrono::milliseconds wall{};
  std::uint64_t layer_bytes = 0;  // of the files in its layer
  std::string reason;             // why it was not cached, or the error's message
};

// The steps that the last build of the Dockerfile at `path` finished, in the order of its lines; of several
// platforms the first that finished. Builds that failed count, and so do those of a text that came on
// standard input: as the file `Dockerfile` of their context. Empty when no build is remembered. An empty
// `store_root` is default_store_root(). Reads one small file; makes nothing.
std::vector<LastBuildStep> last_build(const std::string& store_root, const std::string& path);

}  // namespace mbuild::builder

#pragma GCC visibility pop
