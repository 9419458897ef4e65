// BackgroundSurroundings: files and store, read by a thread of their own and answered from memory.
#pragma once

#include <condition_variable>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include "cli/lsp/child_build.h"
#include "cli/lsp/surroundings.h"

namespace mbuild::cli::lsp {

class Snapshot;
class StoreMemory;

// Thread-safe. What was found out is handed out as an immutable snapshot; a newer one takes its place.
class BackgroundSurroundings : public Surroundings {
 public:
  // `changed` is called from the thread when something new is known.
  BackgroundSurroundings(std::string store_root, std::function<void()> changed);
  ~BackgroundSurroundings() override;

  std::shared_ptr<const parser::language::Outside> around(const std::string& path,
                                                          const std::string& context) override;
  void refresh() override;
  int start_build(const BuildOrder& order, BuildWatcher watcher) override;
  void cancel_build(int number) override;
  std::vector<std::string> shell_command(const BuildOrder& order) override;

 private:
  using Place = std::pair<std::string, std::string>;  // Dockerfile, context
  void run();

  const std::string store_root_;
  const std::function<void()> changed_;
  std::shared_ptr<StoreMemory> store_;

  std::mutex mutex_;
  std::condition_variable wake_;
  std::map<Place, std::shared_ptr<const Snapshot>> places_;
  bool stale_ = true;
  bool stop_ = false;

  std::mutex builds_mutex_;
  std::map<int, std::unique_ptr<ChildBuild>> builds_;
  int next_build_ = 1;

  std::thread thread_;
};

}  // namespace mbuild::cli::lsp
