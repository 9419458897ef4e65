// ChildBuild: a `mbuild build` of its own process, whose output is read line by line.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <memory>
#include <thread>

#include "cli/lsp/surroundings.h"
#include "registry/base/fd.h"

namespace mbuild::cli::lsp {

// The arguments of a build of the order, the program's name first. The Dockerfile comes from standard input,
// so that what is built is what the editor shows, unless the file has the same text.
std::vector<std::string> build_arguments(const BuildOrder& order, const std::string& program, bool as_file);

class ChildBuild {
 public:
  // Starts `arguments` with `input` on its standard input. The watcher's functions are called from a thread
  // of this object; on_end always comes.
  ChildBuild(std::vector<std::string> arguments, std::string input, BuildWatcher watcher);
  // Cancels, and waits for the end.
  ~ChildBuild();
  ChildBuild(const ChildBuild&) = delete;
  ChildBuild& operator=(const ChildBuild&) = delete;

  void cancel();  // SIGTERM, once
  bool ended() const { return ended_; }

 private:
  void run(std::string input, const BuildWatcher& watcher);

  pid_t pid_ = -1;
  Fd pidfd_;
  Fd input_, output_;
  std::atomic<bool> ended_ = false;
  std::thread thread_;
};

// The path of the running program.
std::string own_program();

}  // namespace mbuild::cli::lsp
