#include "builder/build/build_recorder.h"

#include <fcntl.h>

#include <filesystem>

#include "builder/build/store_root.h"
#include "builder/cache/record.h"
#include "builder/cache/store_folder.h"
#include "registry/base/fs_at.h"
#include "registry/base/trim.h"
#include "registry/oci/digest.h"

namespace mbuild::builder {

namespace {

constexpr const char* kFolder = "builds";
constexpr const char* kKind = "last-build";
constexpr std::uint64_t kLargestRecord = 64 << 20;

// One file however it is named. Empty for what is no file of this machine.
std::string record_name(const std::string& path) {
  std::error_code error;
  std::filesystem::path whole = std::filesystem::absolute(path, error);
  if (error) return "";
  const std::filesystem::path resolved = std::filesystem::weakly_canonical(whole, error);
  return oci::Digest::of(error ? whole.string() : resolved.string()).hex();
}

std::string path_of(const BuildRequest& request) {
  if (request.context_dir.empty()) return "";
  if (!request.dockerfile_path.empty() && request.dockerfile_path != "-") return request.dockerfile_path;
  const std::string path = request.context_dir + "/Dockerfile";
  std::error_code error;
  if (std::filesystem::exists(path, error)) return path;
  const std::string lower = request.context_dir + "/dockerfile";
  return std::filesystem::exists(lower, error) ? lower : path;
}

std::string text_of(const parser::Source& source, const LastBuildStep& step) {
  if (step.first_line == 0 || step.last_line > source.line_count()) return "";
  const parser::Range range{source.line_range(step.first_line).begin, source.line_range(step.last_line).end};
  return std::string(trim(source.text(range)));
}

}  // namespace

void BuildRecorder::on_event(const Event& event) noexcept {
  if (const auto* added = std::get_if<StepAdded>(&event)) note(*added);
  if (const auto* finished = std::get_if<StepFinished>(&event)) note(*finished);
  if (next_) next_->on_event(event);
}

void BuildRecorder::note(const StepAdded& event) {
  if (event.step.source) sources_[event.step.id] = *event.step.source;
}

void BuildRecorder::note(const StepFinished& event) {
  const auto source = sources_.find(event.id);
  if (source == sources_.end()) return;
  LastBuildStep step{source->second.first,
                     source->second.last,
                     "",
                     event.outcome,
                     std::chrono::duration_cast<std::chrono::milliseconds>(event.resources.wall),
                     0,
                     event.reason};
  steps_.emplace(event.id, std::move(step));
}

void BuildRecorder::note_layer(StepId id, std::uint64_t bytes) {
  const auto step = steps_.find(id);
  if (step != steps_.end()) step->second.layer_bytes = bytes;
}

void BuildRecorder::store(const std::string& store_root, const BuildRequest& request,
                          const parser::Source& source) const {
  const std::string path = path_of(request);
  const std::string name = path.empty() ? "" : record_name(path);
  if (name.empty()) return;
  // Of several platforms the first counts; what an ONBUILD trigger of a base image did has other lines.
  std::map<unsigned, const LastBuildStep*> by_line;
  for (const auto& [id, step] : steps_)
    if (sources_.at(id).file == source.name()) by_line.emplace(step.first_line, &step);
  Record record(kKind);
  for (const auto& [line, known] : by_line) {
    const LastBuildStep& step = *known;
    record.add("first-line", step.first_line);
    record.add("last-line", step.last_line);
    record.add("text", text_of(source, step));
    record.add("outcome", static_cast<std::uint64_t>(step.outcome));
    record.add("milliseconds", static_cast<std::uint64_t>(step.wall.count()));
    record.add("layer-bytes", step.layer_bytes);
    record.add("reason", step.reason);
  }
  Result<Fd> folder = open_store_folder(store_root, kFolder);
  if (folder) (void)write_record(folder->get(), name, record);
}

namespace {

std::uint64_t natural(std::string_view text) {
  std::uint64_t value = 0;
  for (char c : text) value = value * 10 + static_cast<std::uint64_t>(c - '0');
  return value;
}

// Every step has each of the fields once, in order.
std::vector<LastBuildStep> read_steps(const Record& record) {
  const auto first = record.texts("first-line"), last = record.texts("last-line");
  const auto text = record.texts("text"), outcome = record.texts("outcome");
  const auto wall = record.texts("milliseconds"), bytes = record.texts("layer-bytes");
  const auto reason = record.texts("reason");
  std::vector<LastBuildStep> steps;
  for (const auto* field : {&last, &text, &outcome, &wall, &bytes, &reason})
    if (field->size() != first.size()) return steps;
  for (std::size_t i = 0; i < first.size(); ++i) {
    const std::uint64_t number = natural(outcome[i]);
    if (number > static_cast<std::uint64_t>(StepOutcome::cancelled)) return {};
    steps.push_back({static_cast<unsigned>(natural(first[i])), static_cast<unsigned>(natural(last[i])),
                     std::string(text[i]), static_cast<StepOutcome>(number),
                     std::chrono::milliseconds(natural(wall[i])), natural(bytes[i]), std::string(reason[i])});
  }
  return steps;
}

}  // namespace

std::vector<LastBuildStep> last_build(const std::string& store_root, const std::string& path) {
  const std::string name = record_name(path);
  const std::string root = store_root_of(store_root);
  const Result<Fd> folder = fs_at::open_trusted(root + "/" + kFolder, O_RDONLY | O_DIRECTORY);
  if (!folder || name.empty()) return {};
  const std::optional<Record> record = read_record(folder->get(), name, kKind, kLargestRecord);
  return record ? read_steps(*record) : std::vector<LastBuildStep>();
}

}  // namespace mbuild::builder
