#include "cli/lsp/background.h"

#include <fstream>
#include <iterator>

#include "cli/lsp/snapshot.h"

namespace mbuild::cli::lsp {

namespace {

// Whether the file holds what the editor shows.
bool is_saved(const BuildOrder& order) {
  std::ifstream file(order.path, std::ios::binary);
  if (!file) return false;
  return std::string(std::istreambuf_iterator<char>(file), {}) == order.text;
}

}  // namespace

BackgroundSurroundings::BackgroundSurroundings(std::string store_root, std::function<void()> changed)
    : store_root_(std::move(store_root)),
      changed_(std::move(changed)),
      store_(std::make_shared<StoreMemory>(store_root_)),
      thread_([this] { run(); }) {}

BackgroundSurroundings::~BackgroundSurroundings() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_one();
  thread_.join();
  std::lock_guard lock(builds_mutex_);
  builds_.clear();
}

std::shared_ptr<const parser::language::Outside> BackgroundSurroundings::around(const std::string& path,
                                                                                const std::string& context) {
  std::lock_guard lock(mutex_);
  std::shared_ptr<const Snapshot>& known = places_[{path, context}];
  if (!known) {
    known = std::make_shared<const Snapshot>(store_);
    stale_ = true;
  }
  // An answer may have asked for an image that was not looked at yet.
  wake_.notify_one();
  return known;
}

void BackgroundSurroundings::refresh() {
  std::lock_guard lock(mutex_);
  stale_ = true;
  wake_.notify_one();
}

void BackgroundSurroundings::run() {
  std::unique_lock lock(mutex_);
  while (!stop_) {
    wake_.wait_for(lock, std::chrono::seconds(1),
                   [this] { return stop_ || stale_ || store_->has_questions(); });
    if (stop_) break;
    if (!stale_ && !store_->has_questions()) continue;
    const bool all = std::exchange(stale_, false);
    std::vector<Place> places;
    for (const auto& [place, snapshot] : places_) places.push_back(place);
    lock.unlock();
    bool changed = store_->update();
    std::map<Place, std::shared_ptr<const Snapshot>> taken;
    if (all)
      for (const Place& place : places)
        taken[place] = Snapshot::take(place.first, place.second, store_, store_root_);
    lock.lock();
    for (auto& [place, snapshot] : taken) places_[place] = std::move(snapshot);
    changed = changed || !taken.empty();
    if (!changed || stop_) continue;
    lock.unlock();
    changed_();
    lock.lock();
  }
}

int BackgroundSurroundings::start_build(const BuildOrder& order, BuildWatcher watcher) {
  const bool saved = is_saved(order);
  BuildOrder with_root = order;
  with_root.arguments.push_back("--root=" + store_root_);
  watcher.on_end = [this, on_end = std::move(watcher.on_end)](int exit_code) {
    refresh();
    on_end(exit_code);
  };
  std::lock_guard lock(builds_mutex_);
  std::erase_if(builds_, [](const auto& build) { return build.second->ended(); });
  const int number = next_build_++;
  builds_[number] = std::make_unique<ChildBuild>(build_arguments(with_root, own_program(), saved),
                                                 saved ? "" : order.text, std::move(watcher));
  return number;
}

void BackgroundSurroundings::cancel_build(int number) {
  std::lock_guard lock(builds_mutex_);
  const auto build = builds_.find(number);
  if (build != builds_.end()) build->second->cancel();
}

std::vector<std::string> BackgroundSurroundings::shell_command(const BuildOrder& order) {
  return {own_program(),           "lsp",
          "--root=" + store_root_, "--shell=" + order.stage,
          "--file=" + order.path,  "--context=" + order.context};
}

}  // namespace mbuild::cli::lsp
