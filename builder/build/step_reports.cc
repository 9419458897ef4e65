#include "builder/build/step_reports.h"

#include <fmt/format.h>

#include <variant>

#include "registry/base/json_writer.h"

namespace mbuild::builder {

namespace {

const char* name_of(StepOutcome outcome) {
  switch (outcome) {
    case StepOutcome::executed:
      return "executed";
    case StepOutcome::cached:
      return "cached";
    case StepOutcome::cut_off:
      return "same as before";
    case StepOutcome::failed:
      return "failed";
    case StepOutcome::cancelled:
      return "cancelled";
  }
  return "";
}

std::string seconds(std::chrono::nanoseconds duration) {
  return fmt::format("{:.6f}", std::chrono::duration<double>(duration).count());
}

}  // namespace

void StepReports::on_event(const Event& event) noexcept {
  if (const auto* added = std::get_if<StepAdded>(&event)) names_[added->step.id] = added->step.name;
  if (const auto* finished = std::get_if<StepFinished>(&event))
    steps_.push_back({names_[finished->id], finished->outcome, finished->resources});
  if (next_ != nullptr) next_->on_event(event);
}

std::string steps_json(std::span<const BuiltStep> steps) {
  JsonWriter json;
  json.begin_array();
  for (const BuiltStep& step : steps) {
    const Resources& used = step.resources;
    json.begin_object();
    json.key("name").value(step.name);
    json.key("outcome").value(name_of(step.outcome));
    json.key("seconds").raw(seconds(used.wall));
    if (used.cpu.count() != 0) json.key("cpuSeconds").raw(seconds(used.cpu));
    json.nonempty("peakMemoryBytes", static_cast<std::int64_t>(used.peak_memory_bytes));
    json.nonempty("readBytes", static_cast<std::int64_t>(used.read_bytes));
    json.nonempty("writtenBytes", static_cast<std::int64_t>(used.written_bytes));
    json.end_object();
  }
  json.end_array();
  return json.take();
}

}  // namespace mbuild::builder
