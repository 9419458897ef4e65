// Surroundings: what the server has beside the messages: files, the store, and programs to start.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "parser/language/outside.h"

namespace mbuild::cli::lsp {

// A build that a client asked for.
struct BuildOrder {
  std::string path;                    // of the Dockerfile
  std::string context;                 // a directory
  std::string text;                    // of the Dockerfile as the editor shows it
  std::string stage;                   // empty: the last
  std::vector<std::string> arguments;  // "--build-arg", ...
};

// How it goes, from a thread of its own. on_line gets each line of output; on_end the exit code, -1 where the
// program could not be started.
struct BuildWatcher {
  std::function<void(const std::string& line)> on_line;
  std::function<void(int exit_code)> on_end;
};

class Surroundings {
 public:
  virtual ~Surroundings() = default;
  // What is known now around the Dockerfile at `path` with that context; asking for it the first time begins
  // finding out. Never waits.
  virtual std::shared_ptr<const parser::language::Outside> around(const std::string& path,
                                                                  const std::string& context) = 0;
  // Something may have changed: finds out again.
  virtual void refresh() = 0;
  // Starts a build; gives a number for cancel_build().
  virtual int start_build(const BuildOrder& order, BuildWatcher watcher) = 0;
  virtual void cancel_build(int number) = 0;
  // How to run a shell in a stage, for a terminal of the client.
  virtual std::vector<std::string> shell_command(const BuildOrder& order) = 0;
};

}  // namespace mbuild::cli::lsp
