#include "cli/progress_plain.h"

#include <fmt/format.h>

#include "cli/report.h"

namespace mbuild::cli {

using namespace builder;

namespace {

double seconds(std::chrono::nanoseconds duration) {
  return std::chrono::duration<double>(duration).count();
}

// Of a step that took long enough to matter.
std::string used(const Resources& resources) {
  if (resources.wall < std::chrono::seconds(1) || resources.cpu.count() == 0) return "";
  std::string text = fmt::format(" (cpu {}", human_seconds(seconds(resources.cpu)));
  const auto add = [&text](const char* what, std::uint64_t bytes) {
    if (bytes != 0) text += fmt::format(", {} {}", what, human_size(bytes));
  };
  add("memory", resources.peak_memory_bytes);
  add("read", resources.read_bytes);
  add("written", resources.written_bytes);
  return text + ")";
}

}  // namespace

void PlainProgress::on_event(const Event& event) noexcept {
  std::visit([this](const auto& typed) { handle(typed); }, event);
  std::fflush(out_);
}

void PlainProgress::handle(const StepAdded& event) {
  steps_[event.step.id].name = event.step.name;
}

void PlainProgress::handle(const StepStarted& event) {
  steps_[event.id].started = std::chrono::steady_clock::now();
  announce(event.id);
}

void PlainProgress::handle(const StepOutput& event) {
  std::string& partial = steps_[event.id].partial;
  partial += event.text;
  std::size_t begin = 0;
  for (std::size_t end; (end = partial.find('\n', begin)) != std::string::npos; begin = end + 1)
    print_line(event.id, partial.substr(begin, end - begin));
  partial.erase(0, begin);
}

void PlainProgress::handle(const StepProgress& event) {
  // A log has no use for every percent: only what is complete is told.
  if (event.total == 0 || event.done < event.total) return;
  fmt::print(out_, "#{} {} {} done\n", event.id + 1, event.what, human_size(event.total));
}

void PlainProgress::handle(const StepFinished& event) {
  Step& step = steps_[event.id];
  if (!step.partial.empty()) print_line(event.id, step.partial);
  step.partial.clear();
  announce(event.id);
  std::string took = human_seconds(seconds(event.resources.wall)) + used(event.resources);
  bool ran = event.outcome == StepOutcome::executed || event.outcome == StepOutcome::cut_off;
  if (ran && !event.reason.empty()) fmt::print(out_, "#{} not cached: {}\n", event.id + 1, event.reason);
  switch (event.outcome) {
    case StepOutcome::executed:
      fmt::print(out_, "#{} DONE {}\n", event.id + 1, took);
      break;
    case StepOutcome::cached:
      fmt::print(out_, "#{} CACHED\n", event.id + 1);
      break;
    case StepOutcome::cut_off:
      fmt::print(out_, "#{} DONE {} (same result as before)\n", event.id + 1, took);
      break;
    case StepOutcome::failed:
      fmt::print(out_, "#{} ERROR: {}\n", event.id + 1, event.reason);
      break;
    case StepOutcome::cancelled:
      fmt::print(out_, "#{} CANCELLED\n", event.id + 1);
      break;
  }
}

void PlainProgress::handle(const Notice& event) {
  std::string where = event.source ? fmt::format(" (line {})", event.source->first) : "";
  std::string code = event.code.empty() ? "" : event.code + ": ";
  fmt::print(out_, "{}{}{}{}\n", event.level == Notice::Level::warning ? "WARNING: " : "", code, event.text,
             where);
}

void PlainProgress::announce(StepId id) {
  Step& step = steps_[id];
  if (std::exchange(step.announced, true)) return;
  fmt::print(out_, "#{} {}\n", id + 1, step.name);
}

void PlainProgress::print_line(StepId id, const std::string& text) {
  double since = seconds(std::chrono::steady_clock::now() - steps_[id].started);
  fmt::print(out_, "#{} {:.3f} {}\n", id + 1, since, text);
}

}  // namespace mbuild::cli
