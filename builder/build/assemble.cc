#include "builder/build/assemble.h"

#include <algorithm>

#include "registry/base/timestamp.h"

namespace mbuild::builder {

namespace {

constexpr std::string_view kComment = "buildkit.dockerfile.v0";

std::size_t layers_in(const std::vector<oci::HistoryEntry>& history) {
  return static_cast<std::size_t>(
      std::count_if(history.begin(), history.end(), [](const auto& entry) { return !entry.empty_layer; }));
}

// A base whose history does not account for all its layers gets entries that do, so that the two stay in
// step.
void account_for_base_layers(std::vector<oci::HistoryEntry>& history, std::size_t base_layers) {
  for (std::size_t known = layers_in(history); known < base_layers; ++known) {
    oci::HistoryEntry entry;
    entry.comment = "buildkit.exporter.image.v0";
    history.push_back(std::move(entry));
  }
}

// The time of entries before the first new layer is that layer's, the base's being misleading; without new
// layers it is the base's last.
std::optional<std::string> first_time(const oci::ImageConfig& config,
                                      const std::vector<std::int64_t>& created, std::size_t base_layers) {
  for (std::size_t i = base_layers; i < created.size(); ++i)
    if (created[i] != 0) return format_time(created[i]);
  for (auto entry = config.history.rbegin(); entry != config.history.rend(); ++entry)
    if (entry->created) return entry->created;
  return std::nullopt;
}

void append_history(oci::ImageConfig& config, const Plan& plan, const std::vector<std::int64_t>& created,
                    std::size_t base_layers, const AssembleOptions& options) {
  std::size_t layer = base_layers;
  std::optional<std::string> time = first_time(config, created, base_layers);
  if (options.source_date_epoch) time = format_time(*options.source_date_epoch);
  for (const PlannedHistory& planned : plan.history) {
    oci::HistoryEntry entry;
    entry.created_by = planned.created_by;
    entry.comment = kComment;
    entry.empty_layer = !planned.layer;
    if (planned.layer) {
      if (!options.source_date_epoch) time = format_time(created[layer]);
      ++layer;
    }
    entry.created = time;
    config.history.push_back(std::move(entry));
  }
  config.created = time ? *time : format_time(options.now);
}

}  // namespace

std::string format_time(std::int64_t seconds) {
  return Timestamp{seconds}.str();
}

oci::ImageConfig assemble(const Plan& plan, const std::vector<std::int64_t>& created,
                          const AssembleOptions& options) {
  oci::ImageConfig config = plan.config;
  std::size_t base_layers = config.diff_ids.size();
  account_for_base_layers(config.history, base_layers);
  append_history(config, plan, created, base_layers, options);
  for (const auto& [name, value] : options.labels) config.config.labels[name] = value;
  return config;
}

}  // namespace mbuild::builder
