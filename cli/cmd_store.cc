#include <fmt/format.h>

#include <cstdio>

#include "builder/store.h"
#include "cli/command_line.h"
#include "cli/commands.h"
#include "cli/report.h"
#include "cli/store_options.h"
#include "registry/base/json_writer.h"

namespace mbuild::cli {

namespace {

void print_text(const builder::StoreReport& report) {
  for (const builder::StoreProblem& problem : report.problems)
    fmt::print("{}: {}{}\n", problem.path, problem.meaning, problem.removed ? " (removed)" : "");
  fmt::print("{} blobs ({}), {} layers, {} images, {} other records: ", report.blobs,
             human_size(report.bytes), report.layers, report.images, report.records);
  if (report.problems.empty())
    fmt::print("all sound\n");
  else
    fmt::print("{} not sound\n", report.problems.size());
}

void print_json(const builder::StoreReport& report) {
  JsonWriter json(2);
  json.begin_object().key("version").value(std::uint64_t{1});
  json.key("sound").value(report.problems.empty());
  json.key("blobs").value(report.blobs).key("blobBytes").value(report.bytes);
  json.key("layers").value(report.layers).key("images").value(report.images);
  json.key("records").value(report.records).key("problems").begin_array();
  for (const builder::StoreProblem& problem : report.problems) {
    json.begin_object().key("path").value(problem.path).key("meaning").value(problem.meaning);
    json.key("removed").value(problem.removed).end_object();
  }
  json.end_array().end_object();
  fmt::print("{}\n", json.str());
}

// Repaired is sound.
bool is_sound(const builder::StoreReport& report) {
  for (const builder::StoreProblem& problem : report.problems)
    if (!problem.removed) return false;
  return true;
}

}  // namespace

int cmd_store(std::vector<std::string> arguments) {
  CommandLine line("Check the store, and remove what is broken.", "mbuild store");
  StoreOptions store;
  bool as_json = false;
  CommandLine verify = line.add_subcommand(
      "verify", "Read all of the store and say what is not sound; exit code 1 when something is not");
  CommandLine repair = line.add_subcommand(
      "repair", "The same, and remove what is not sound, so that the next build makes it anew");
  for (CommandLine* verb : {&verify, &repair}) {
    add_store_options(*verb, store);
    verb->add_flag("--json", as_json, "Print JSON");
  }
  if (auto code = line.parse(std::move(arguments))) return *code;
  if (auto code = enter_store(store)) return *code;

  Result<builder::StoreReport> report =
      repair.chosen() ? builder::repair_store(store.root) : builder::verify_store(store.root);
  if (!report) return report_error(report.error());
  if (as_json)
    print_json(*report);
  else
    print_text(*report);
  return is_sound(*report) ? ok : failed;
}

}  // namespace mbuild::cli
