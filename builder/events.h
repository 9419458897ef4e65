// What an observer of a build sees. A leaf: everything in builder/ may include it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "registry/base/result.h"

#pragma GCC visibility push(default)

namespace mbuild::builder {

using StepId = std::size_t;  // counts from 0 within one build

// One node of the plan that a person would recognise: a line of the Dockerfile, a pull, an export.
struct StepInfo {
  StepId id = 0;
  std::string name;   // "[builder 2/4] RUN make", "[internal] load build context"
  std::string stage;  // empty for internal steps
  std::optional<SourceLines> source;
  std::vector<StepId> inputs;
  bool cacheable = false;  // its result is kept: it is a hit or a miss
};

enum class StepOutcome {
  executed,
  cached,   // the result was there, nothing ran
  cut_off,  // ran, and gave what an earlier run gave
  failed,
  cancelled,
};

// What a step used; zero where it is not known.
struct Resources {
  std::chrono::nanoseconds wall{};
  std::chrono::nanoseconds cpu{};
  std::uint64_t peak_memory_bytes = 0;
  std::uint64_t read_bytes = 0;     // from storage, not from the page cache
  std::uint64_t written_bytes = 0;  // to storage
};

struct StepAdded {
  StepInfo step;
};
struct StepStarted {
  StepId id;
};
enum class OutputStream { standard_output, standard_error };
struct StepOutput {
  StepId id;
  OutputStream stream;
  std::string text;  // whatever was read: not cut at line ends
};
struct StepProgress {
  StepId id;
  std::string what;  // "layer sha256:1234..", "pushing"; the same text updates the same line
  std::uint64_t done = 0;
  std::uint64_t total = 0;  // 0: unknown
};
struct StepFinished {
  StepId id;
  StepOutcome outcome;
  Resources resources;
  // Why it was not cached ("src/main.c changed"; empty when it never ran before), or the error's message.
  std::string reason;
};
// Something the user should know that belongs to no step, or to a line of the Dockerfile.
struct Notice {
  enum class Level { info, warning } level = Level::info;
  std::string code;  // a rule's name, or empty
  std::string text;
  std::optional<SourceLines> source;
};

using Event = std::variant<StepAdded, StepStarted, StepOutput, StepProgress, StepFinished, Notice>;

// Implemented by the caller of a build. on_event is called from any of the build's threads, one at a time,
// and should return quickly; it must not call back into the build.
class BuildObserver {
 public:
  virtual ~BuildObserver() = default;
  virtual void on_event(const Event& event) noexcept = 0;
};

}  // namespace mbuild::builder

#pragma GCC visibility pop
