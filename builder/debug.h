// Looking into steps that failed: what `mbuild debug` does.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "builder/build.h"
#include "builder/events.h"
#include "registry/base/result.h"

#pragma GCC visibility push(default)

namespace mbuild::builder {

// A RUN that failed in a build with `keep_failed`.
struct KeptStep {
  std::string id;
  std::string name;            // "[builder 2/4] RUN make"
  std::int64_t failed_at = 0;  // seconds since the epoch
};

// Newest first. An empty `store_root` is default_store_root(), here and below.
Result<std::vector<KeptStep>> list_kept_steps(const std::string& store_root);

// `not_found` names the id. Its layers stay until they are pruned.
Result<void> drop_kept_step(const std::string& store_root, const std::string& id);

struct DebugRequest {
  std::string store_root;
  Isolation isolation = Isolation::automatic;
  std::string snapshotter;           // as in BuildRequest
  std::string id;                    // empty: the newest
  std::vector<std::string> command;  // empty: a shell
  int input = -1;                    // standard input, borrowed; -1: /dev/null
  bool terminal = false;             // it is a terminal, and takes the output too
  CancelToken cancel;
};

// Runs a program where the step failed: in its root file system as it left it, with its environment, user and
// mounts but without secrets. What it changes is gone afterwards. Gives its exit code. Output that does not
// go to a terminal goes to `output`, from this thread.
Result<int> debug_step(const DebugRequest& request,
                       const std::function<void(OutputStream, std::string_view)>& output);

}  // namespace mbuild::builder

#pragma GCC visibility pop
