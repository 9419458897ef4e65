#include <fmt/chrono.h>
#include <fmt/format.h>

#include <cstdio>

#include "builder/prune.h"
#include "cli/command_line.h"
#include "cli/commands.h"
#include "cli/report.h"
#include "cli/store_options.h"
#include "cli/stored_kind.h"
#include "registry/base/json_writer.h"

namespace mbuild::cli {

namespace {

using builder::StoredItem;

std::string time_text(std::int64_t seconds) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(static_cast<std::time_t>(seconds)));
}

void print_json(const std::vector<StoredItem>& items, std::optional<std::uint64_t> quota) {
  JsonWriter json(2);
  json.begin_object().key("items").begin_array();
  for (const StoredItem& item : items) {
    json.begin_object().key("kind").value(stored_kind_name(item.kind)).key("id").value(item.id);
    json.key("what").value(item.what).key("bytes").value(item.bytes);
    json.key("lastUsed").value(time_text(item.last_used)).nonempty("neededBy", item.needed_by);
    json.end_object();
  }
  json.end_array();
  if (quota) json.key("quota").value(*quota);
  fmt::print("{}\n", json.end_object().str());
}

void print_table(const std::vector<StoredItem>& items, std::optional<std::uint64_t> quota) {
  std::uint64_t total = 0, free = 0;
  fmt::print("{:<8} {:<12} {:>10}  {:<20}  {}\n", "KIND", "ID", "SIZE", "LAST USED", "WHY");
  for (const StoredItem& item : items) {
    total += item.bytes;
    if (item.needed_by.empty()) free += item.bytes;
    fmt::print("{:<8} {:<12} {:>10}  {:<20}  {}\n", stored_kind_name(item.kind), item.id.substr(0, 12),
               human_size(item.bytes), time_text(item.last_used),
               item.needed_by.empty() ? item.what : item.what + ", of " + item.needed_by);
  }
  fmt::print("Total {}, of which `mbuild prune` can free {}\n", human_size(total), human_size(free));
  if (quota) fmt::print("Limit {}\n", human_size(*quota));
}

}  // namespace

int cmd_du(std::vector<std::string> arguments) {
  CommandLine line("Show what takes room in the store, and why.", "mbuild du");
  StoreOptions store;
  bool json = false;
  add_store_options(line, store);
  line.add_flag("--json", json, "As JSON");
  if (auto code = line.parse(std::move(arguments))) return *code;
  if (auto code = enter_store(store)) return *code;
  const auto items = builder::store_usage(store.root);
  if (!items) return report_error(items.error());
  const auto quota = builder::store_quota(store.root);
  if (!quota) return report_error(quota.error());
  json ? print_json(*items, *quota) : print_table(*items, *quota);
  return ok;
}

}  // namespace mbuild::cli
