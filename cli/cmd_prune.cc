#include <fmt/format.h>

#include <cstdio>
#include <map>

#include "builder/prune.h"
#include "cli/command_line.h"
#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/option_values.h"
#include "cli/report.h"
#include "cli/store_options.h"
#include "cli/stored_kind.h"

namespace mbuild::cli {

namespace {

// "24h", "90m", "7d", "3600" or "3600s".
Result<std::int64_t> parse_age(const std::string& text) {
  std::size_t digits = 0;
  const std::map<std::string, std::int64_t> units{{"", 1},     {"s", 1},         {"m", 60},
                                                  {"h", 3600}, {"d", 24 * 3600}, {"w", 7 * 24 * 3600}};
  while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') ++digits;
  const auto unit = units.find(text.substr(digits));
  if (digits == 0 || digits > 9 || unit == units.end())
    return fail(ErrorKind::invalid_input,
                fmt::format("until={}: must be a time such as 90m, 24h or 7d", text));
  return std::stoll(text.substr(0, digits)) * unit->second;
}

Result<void> apply_filter(const std::string& text, builder::PruneRequest& request) {
  const std::string key = text.substr(0, text.find('='));
  const std::string value = key.size() < text.size() ? text.substr(key.size() + 1) : "";
  if (key == "until" || key == "unused-for") {
    request.unused_for = MBUILD_TRY(parse_age(value));
  } else if (key == "type") {
    const auto kind = stored_kind(value);
    if (!kind)
      return fail(ErrorKind::invalid_input,
                  fmt::format("type={}: must be layer, blob, mount or context", value));
    request.kinds.push_back(*kind);
  } else {
    return fail(ErrorKind::invalid_input, fmt::format("{}: must be until=TIME or type=KIND", text));
  }
  return {};
}

Result<builder::PruneRequest> to_request(const std::vector<std::string>& filters, const std::string& keep,
                                         const std::string& unused) {
  builder::PruneRequest request;
  for (const std::string& filter : filters) MBUILD_CHECK_AS("--filter", apply_filter(filter, request));
  if (!keep.empty()) request.keep_bytes = MBUILD_TRY_AS("--keep-storage", parse_bytes(keep));
  if (!unused.empty()) request.unused_for = MBUILD_TRY_AS("--unused-for", parse_age(unused));
  return request;
}

int set_quota(const std::string& root, const std::string& text) {
  const auto bytes = parse_bytes(text);
  if (!bytes) {
    report_error(Error(bytes.error()).context("--set-quota"));
    return usage;
  }
  const auto done = builder::set_store_quota(root, *bytes);
  return done ? ok : report_error(done.error());
}

}  // namespace

int cmd_prune(std::vector<std::string> arguments) {
  CommandLine line("Make room in the store: remove what no image needs, oldest use first.", "mbuild prune");
  StoreOptions store;
  std::vector<std::string> filters;
  std::string keep, unused, quota;
  bool all = false, dry_run = false, force = false;
  line.add_option("--keep-storage,--max-used-space", keep, "Stop when no more than this is left, e.g. 10G")
      .type_name("BYTES");
  line.add_option("--filter", filters,
                  "until=TIME: unused for so long (24h, 7d); type=layer|blob|mount|context")
      .type_name("KEY=VALUE");
  line.add_option("--unused-for", unused, "The same as --filter until=TIME").type_name("TIME");
  line.add_flag("-a,--all", all, "What the cache holds goes without it, too: as docker buildx has it");
  line.add_flag("-f,--force", force, "Taken for docker buildx's sake: nothing is asked");
  line.add_flag("--dry-run", dry_run, "Only tell what would go");
  line.add_option("--set-quota", quota,
                  "Keep the store below this, while builds write and after them (0: no limit)")
      .type_name("BYTES");
  add_store_options(line, store);
  if (auto code = line.parse(std::move(arguments))) return *code;
  auto request = to_request(filters, keep, unused);
  if (!request) {
    report_error(request.error());
    return usage;
  }
  if (auto code = enter_store(store)) return *code;
  if (!quota.empty()) return set_quota(store.root, quota);
  request->store_root = store.root;
  request->dry_run = dry_run;

  InterruptGuard interrupts(request->cancel);
  const auto gone = builder::prune_store(*request);
  if (!gone) return report_error(gone.error());
  std::uint64_t bytes = 0;
  for (const builder::StoredItem& item : *gone) {
    bytes += item.bytes;
    fmt::print("{:<8} {:<14} {:>10}  {}\n", stored_kind_name(item.kind), item.id.substr(0, 12),
               human_size(item.bytes), item.what);
  }
  fmt::print("{} {}\n", dry_run ? "Would free" : "Freed", human_size(bytes));
  return ok;
}

}  // namespace mbuild::cli
