// KeyAgent: an ssh agent of the build's own, for keys that are given as files.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "builder/snapshot/work_area.h"
#include "registry/base/fd.h"
#include "registry/base/result.h"
#include "registry/remote/cancel.h"

namespace mbuild::builder {

// The host's `ssh-agent`, which ends when this goes, and with the thread that started it: keys are in its
// memory alone. Move-only.
class KeyAgent {
 public:
  // Waits until the agent holds the `keys`, paths of private keys. The first that cannot be added, such as
  // one with a passphrase or one that others may read, is `invalid_input`, `not_found` or `unauthorized`;
  // a machine without OpenSSH's programs `unsupported`. The area outlives this.
  static Result<KeyAgent> start(const std::vector<std::string>& keys, WorkArea& work,
                                const remote::Cancellation& cancel);
  KeyAgent(KeyAgent&& other) noexcept;
  KeyAgent& operator=(KeyAgent&& other) noexcept;
  ~KeyAgent();

  const std::string& socket() const { return socket_; }  // a path for programs of this user

 private:
  KeyAgent(WorkFolder folder, std::string socket) : folder_(std::move(folder)), socket_(std::move(socket)) {}
  Result<void> launch();
  Result<void> wait_until_it_listens(const remote::Cancellation& cancel);
  std::string said() const;
  void end() noexcept;

  WorkFolder folder_;
  std::string socket_;
  Fd errors_;       // what the agent prints, read when it fails
  pid_t pid_ = -1;  // -1: nothing to end
};

}  // namespace mbuild::builder
