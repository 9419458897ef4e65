// DockerEngine: a Docker Engine of a test's own (docker_engine.py does the work).
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "registry/base/fd.h"
#include "tests/support/run_program.h"
#include "tests/support/temp_dir.h"

namespace mbuild::test {

// Runs in a folder of its own behind a unix socket, without touching the machine's network; gone on
// destruction, and also when the test dies. Throws when it does not start.
class DockerEngine {
 public:
  // Why this machine cannot run one; empty when it can.
  static std::string why_not();

  DockerEngine();
  DockerEngine(const DockerEngine&) = delete;
  DockerEngine& operator=(const DockerEngine&) = delete;
  ~DockerEngine();

  const std::string& socket() const { return socket_; }
  // Runs `docker <arguments>` against it.
  ProgramResult docker(std::vector<std::string> arguments) const;

 private:
  TempDir folder_;
  Fd keep_alive_;  // the script stops the engine when this is closed
  pid_t script_ = -1;
  std::string socket_;
};

}  // namespace mbuild::test
