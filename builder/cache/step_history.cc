#include "builder/cache/step_history.h"

#include "builder/cache/record.h"
#include "builder/cache/store_folder.h"
#include "registry/base/fs_at.h"

namespace mbuild::builder {

namespace {

constexpr std::size_t kMaxText = 4096;
constexpr std::size_t kFieldOverhead = 24;  // "name <length>:" and "value <length>:"

std::string cut(const std::string& text) {
  if (text.size() <= kMaxText) return text;
  const std::string ending = "... " + oci::Digest::of(text).hex();
  return text.substr(0, kMaxText - ending.size()) + ending;
}

std::pair<std::string, std::string> sum_up(const NamedInputs& inputs, std::size_t from) {
  oci::Sha256 hash;
  for (std::size_t i = from; i < inputs.size(); ++i) {
    for (const std::string& text : {inputs[i].first, inputs[i].second}) {
      hash.update(std::to_string(text.size()) + ":");
      hash.update(text);
    }
  }
  return {"one of " + std::to_string(inputs.size() - from) + " further inputs", hash.finish().hex()};
}

struct Place {
  std::string folder;
  std::string name;
  std::string path() const { return folder + "/" + name; }
};

Place place_of(std::string_view step) {
  const std::string hex = oci::Digest::of(step).hex();
  return {"steps/" + hex.substr(0, 2), hex};
}

}  // namespace

Result<StepHistory> StepHistory::open(const std::string& store_root) {
  return StepHistory(MBUILD_TRY_AS("open the action cache", open_store_folder(store_root, "actions")));
}

std::optional<StepHistory::Entry> StepHistory::last(std::string_view step) const {
  const auto record = read_record(dir_.get(), place_of(step).path(), kind, largest);
  if (!record || record->text("step") != step) return std::nullopt;
  const auto key = oci::Digest::parse(record->text("key").value_or(""));
  const auto names = record->texts("name");
  const auto values = record->texts("value");
  if (!key || names.size() != values.size()) return std::nullopt;

  Entry entry{*key, {}};
  entry.inputs.reserve(names.size());
  for (std::size_t i = 0; i < names.size(); ++i) entry.inputs.emplace_back(names[i], values[i]);
  return entry;
}

Result<void> StepHistory::store(std::string_view step, const Entry& entry) const {
  Record record{std::string(kind)};
  record.add("step", std::string(step));
  record.add("key", entry.key.str());
  for (auto& [name, value] : bounded_inputs(entry.inputs)) {
    record.add("name", std::move(name));
    record.add("value", std::move(value));
  }
  const std::string action = "record the inputs of step " + std::string(step);
  const Place place = place_of(step);
  const Fd folder = MBUILD_TRY_AS(action, fs_at::make_directories(dir_.get(), place.folder, 0755));
  MBUILD_CHECK_AS(action, write_record(folder.get(), place.name, record));
  return {};
}

NamedInputs bounded_inputs(const NamedInputs& inputs, std::size_t limit) {
  NamedInputs bounded;
  std::size_t size = 0;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    std::pair<std::string, std::string> input(cut(inputs[i].first), cut(inputs[i].second));
    size += input.first.size() + input.second.size() + kFieldOverhead;
    if (size > limit) {
      bounded.push_back(sum_up(inputs, i));
      break;
    }
    bounded.push_back(std::move(input));
  }
  return bounded;
}

}  // namespace mbuild::builder
