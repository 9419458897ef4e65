// PlainProgress: one line an event, numbered by step, as CI logs want it.
#pragma once

#include <chrono>
#include <cstdio>
#include <map>
#include <string>

#include "builder/events.h"

namespace mbuild::cli {

class PlainProgress : public builder::BuildObserver {
 public:
  explicit PlainProgress(std::FILE* out) : out_(out) {}
  void on_event(const builder::Event& event) noexcept override;

 private:
  struct Step {
    std::string name;
    std::chrono::steady_clock::time_point started;
    std::string partial;  // output after the last line end
    bool announced = false;
  };

  void handle(const builder::StepAdded& event);
  void handle(const builder::StepStarted& event);
  void handle(const builder::StepOutput& event);
  void handle(const builder::StepProgress& event);
  void handle(const builder::StepFinished& event);
  void handle(const builder::Notice& event);

  void announce(builder::StepId id);
  void print_line(builder::StepId id, const std::string& text);

  std::FILE* out_;
  std::map<builder::StepId, Step> steps_;
};

}  // namespace mbuild::cli
