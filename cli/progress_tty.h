// TtyProgress: the steps that run, with times and their last output, redrawn in place on a terminal.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "builder/events.h"

namespace mbuild::cli {

class TtyProgress : public builder::BuildObserver {
 public:
  explicit TtyProgress(std::FILE* out);
  ~TtyProgress() override;
  void on_event(const builder::Event& event) noexcept override;

 private:
  using Clock = std::chrono::steady_clock;
  struct Step {
    std::string name;
    bool running = false;
    Clock::time_point started;
    std::string detail;              // of the latest StepProgress
    std::deque<std::string> output;  // the last lines
    std::string partial;
  };

  void handle(const builder::StepAdded& event);
  void handle(const builder::StepStarted& event);
  void handle(const builder::StepOutput& event);
  void handle(const builder::StepProgress& event);
  void handle(const builder::StepFinished& event);
  void handle(const builder::Notice& event);

  void tick();
  void erase();
  void draw();
  // A line that stays, above the redrawn ones.
  void settle(const std::string& line);

  std::FILE* out_;
  std::mutex mutex_;
  std::condition_variable stop_changed_;
  bool stop_ = false;
  std::size_t finished_ = 0;
  std::size_t drawn_lines_ = 0;
  Clock::time_point begun_ = Clock::now();
  std::map<builder::StepId, Step> steps_;
  std::thread ticker_;
};

}  // namespace mbuild::cli
