// StepReports: an observer that keeps what each step used, and hands everything on.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "builder/build.h"

namespace mbuild::builder {

class StepReports : public BuildObserver {
 public:
  // `next` may be null and is borrowed.
  explicit StepReports(BuildObserver* next) : next_(next) {}
  void on_event(const Event& event) noexcept override;

  // Once, when all steps have ended.
  std::vector<BuiltStep> take() { return std::move(steps_); }

 private:
  BuildObserver* next_;
  std::map<StepId, std::string> names_;
  std::vector<BuiltStep> steps_;
};

// An array of {name, outcome, seconds, cpuSeconds, peakMemoryBytes, readBytes, writtenBytes}; of what is not
// known there is no member.
std::string steps_json(std::span<const BuiltStep> steps);

}  // namespace mbuild::builder
