#include "cli/cache_report.h"

#include <fmt/format.h>

namespace mbuild::cli {

using namespace builder;

namespace {

// Empty for what says nothing about the cache.
std::string describe(const std::string& name, const StepFinished& finished) {
  const std::string why = finished.reason.empty() ? "this step has not run before" : finished.reason;
  switch (finished.outcome) {
    case StepOutcome::cached:
      return fmt::format("hit      {}\n", name);
    case StepOutcome::executed:
      return fmt::format("miss     {}: {}\n", name, why);
    case StepOutcome::cut_off:
      return fmt::format("cut-off  {}: {}; it gave what an earlier run gave\n", name, why);
    default:
      return {};
  }
}

}  // namespace

void CacheReport::on_event(const Event& event) noexcept {
  if (const auto* added = std::get_if<StepAdded>(&event)) {
    if (added->step.cacheable) steps_[added->step.id].name = added->step.name;
  } else if (const auto* finished = std::get_if<StepFinished>(&event)) {
    if (const auto step = steps_.find(finished->id); step != steps_.end())
      step->second.line = describe(step->second.name, *finished);
  }
  if (next_) next_->on_event(event);
}

std::string CacheReport::text() const {
  std::string text;
  for (const auto& [id, step] : steps_) text += step.line;
  return text;
}

}  // namespace mbuild::cli
