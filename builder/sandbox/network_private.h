// PrivateNetwork: one network for all steps of a build, apart from the host's.
#pragma once

#include <mutex>
#include <optional>
#include <string>

#include "builder/sandbox/network_helper.h"
#include "registry/base/fd.h"
#include "registry/base/result.h"

namespace mbuild::builder {

// A network namespace that a helper connects with what the host can reach. Steps reach each other's servers
// and all that the host reaches, but nothing on the host's loopback addresses and nothing at the addresses
// that they have in common with it. Thread-safe; made when it is first asked for.
class PrivateNetwork {
 public:
  // Waits until the network works. The error, the same each time, says what is missing.
  Result<void> start();

  // Moves the calling thread into it. Starts it when that was not done.
  Result<void> enter();

 private:
  Result<void> make();

  std::mutex mutex_;
  std::optional<Result<void>> outcome_;
  Fd namespace_;
  std::optional<NetworkHelper> helper_;
};

}  // namespace mbuild::builder
