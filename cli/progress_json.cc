#include "cli/progress_json.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <ctime>

#include "cli/outcome_name.h"
#include "parser/location_json.h"
#include "registry/base/json_writer.h"

namespace mbuild::cli {

using namespace builder;

namespace {

std::string now() {
  struct timespec time {};
  clock_gettime(CLOCK_REALTIME, &time);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:09}Z", fmt::gmtime(time.tv_sec), time.tv_nsec);
}

std::string vertex(StepId id) {
  return fmt::format("sha256:{:064x}", id + 1);
}

// {"<list>": [{...}]}: each line tells one thing.
JsonWriter begin_line(const char* list) {
  JsonWriter json;
  json.begin_object().key(list).begin_array().begin_object();
  return json;
}

void end_line(JsonWriter& json, std::FILE* out) {
  json.end_object().end_array().end_object();
  fmt::print(out, "{}\n", json.str());
}

void write_outcome(JsonWriter& json, const StepInfo& info, const StepFinished& finished) {
  json.key("mbuild").begin_object();
  json.key("outcome").value(outcome_name(finished.outcome));
  if (finished.outcome != StepOutcome::failed) json.nonempty("reason", finished.reason);
  json.key("cacheable").value(info.cacheable);
  json.nonempty("stage", info.stage);
  if (info.source) {
    json.key("lines").begin_array();
    json.value(std::uint64_t{info.source->first}).value(std::uint64_t{info.source->last}).end_array();
  }
  json.key("resources").begin_object();
  json.nonempty("wall", std::int64_t{finished.resources.wall.count()});
  json.nonempty("cpu", std::int64_t{finished.resources.cpu.count()});
  json.nonempty("memory", static_cast<std::int64_t>(finished.resources.peak_memory_bytes));
  json.end_object().end_object();
}

}  // namespace

void JsonProgress::on_event(const Event& event) noexcept {
  std::visit([this](const auto& typed) { handle(typed); }, event);
  std::fflush(out_);
}

void JsonProgress::write_vertex(const Step& step, const StepFinished* finished) {
  JsonWriter json = begin_line("vertexes");
  json.key("digest").value(vertex(step.info.id));
  if (!step.info.inputs.empty()) {
    json.key("inputs").begin_array();
    for (StepId input : step.info.inputs) json.value(vertex(input));
    json.end_array();
  }
  json.key("name").value(step.info.name);
  json.nonempty("started", step.started);
  if (finished) {
    json.key("completed").value(now());
    if (finished->outcome == StepOutcome::cached) json.key("cached").value(true);
    if (finished->outcome == StepOutcome::failed || finished->outcome == StepOutcome::cancelled)
      json.key("error").value(finished->reason);
    write_outcome(json, step.info, *finished);
  }
  end_line(json, out_);
}

void JsonProgress::handle(const StepAdded& event) {
  Step& step = steps_[event.step.id];
  step.info = event.step;
  write_vertex(step, nullptr);
}

void JsonProgress::handle(const StepStarted& event) {
  Step& step = steps_[event.id];
  step.started = now();
  write_vertex(step, nullptr);
}

void JsonProgress::handle(const StepFinished& event) {
  write_vertex(steps_[event.id], &event);
}

void JsonProgress::handle(const StepOutput& event) {
  JsonWriter json = begin_line("logs");
  json.key("vertex").value(vertex(event.id));
  json.key("stream").value(std::int64_t{event.stream == OutputStream::standard_output ? 1 : 2});
  json.key("data").value(parser::base64(event.text));
  json.key("timestamp").value(now());
  end_line(json, out_);
}

void JsonProgress::handle(const StepProgress& event) {
  const std::string time = now();
  const std::string& began = steps_[event.id].progress.try_emplace(event.what, time).first->second;
  JsonWriter json = begin_line("statuses");
  json.key("id").value(event.what);
  json.key("vertex").value(vertex(event.id));
  json.nonempty("total", static_cast<std::int64_t>(event.total));
  json.key("current").value(static_cast<std::int64_t>(event.done));
  json.key("timestamp").value(time);
  json.key("started").value(began);
  if (event.total != 0 && event.done >= event.total) json.key("completed").value(time);
  end_line(json, out_);
}

void JsonProgress::handle(const Notice& event) {
  JsonWriter json = begin_line("warnings");
  json.key("level").value(std::int64_t{1});
  json.key("short").value(
      parser::base64(event.code.empty() ? event.text : fmt::format("{}: {}", event.code, event.text)));
  if (event.source) {
    json.key("sourceInfo").begin_object().key("filename").value(event.source->file).end_object();
    json.key("range").begin_array().begin_object();
    json.key("start").begin_object().key("line").value(std::uint64_t{event.source->first}).end_object();
    json.key("end").begin_object().key("line").value(std::uint64_t{event.source->last}).end_object();
    json.end_object().end_array();
  }
  end_line(json, out_);
}

}  // namespace mbuild::cli
