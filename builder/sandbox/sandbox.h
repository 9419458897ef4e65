// Sandbox: runs one process, isolated, in a rootfs.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "builder/events.h"
#include "builder/sandbox/spec.h"
#include "registry/base/result.h"

namespace mbuild::builder {

struct StepExit {
  int code = 0;    // of exit(2), or 128 + signal
  int signal = 0;  // 0 unless a signal ended it
  bool out_of_memory = false;
  Resources resources;
};

// Called with whatever the step wrote, from the thread that called run().
using StepOutputHandler = std::function<void(OutputStream, std::string_view)>;
// Polled while the step runs, at least every 50 ms; true kills the step and all it started.
using StepCancelled = std::function<bool()>;

// The network that steps get when they ask for one.
struct StepNetwork {
  NetworkMode mode = NetworkMode::host;
  std::string notice;  // why it is not the one that was asked for; said once
};

// Thread-safe: many steps may run at once.
class Sandbox {
 public:
  virtual ~Sandbox() = default;
  // Runs to the end. A non-zero exit is a StepExit, not an error; errors are about setting the step up
  // ("exec /bin/foo: No such file or directory" names the program) or `cancelled`. When it returns, every
  // process of the step is gone, its mounts are undone, and the mount points that were made for it are
  // removed from the rootfs again, the mtimes of their parents restored (SEMANTICS A12, "stubs").
  virtual Result<StepExit> run(const SandboxSpec& spec, const StepOutputHandler& output,
                               const StepCancelled& cancelled) = 0;

  // Sees to it that steps can have `wanted`: where no network apart from the host's is to be had, they have
  // the host's. May take some 30 ms the first time.
  virtual StepNetwork network(NetworkMode wanted) = 0;
};

// What the machine offers (DESIGN.md, "Running a step"): probed once, explained by `mbuild info`.
enum class Rung { root = 1, subordinate_ids = 2, single_id = 3, no_namespaces = 4 };

struct SandboxProbe {
  Rung rung = Rung::root;
  std::string why_not_better;  // empty on the first rung
  std::string advice;          // a command that would enable the next better rung
};
SandboxProbe probe_sandbox();

// `unsupported`, saying why, when the rung cannot be had.
Result<std::unique_ptr<Sandbox>> make_sandbox(Rung rung);

}  // namespace mbuild::builder
