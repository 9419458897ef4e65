#include "builder/exec/failed_steps.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <random>

#include "builder/cache/record.h"
#include "builder/cache/store_folder.h"
#include "registry/base/fs_at.h"
#include "registry/base/timestamp.h"

namespace mbuild::builder {

namespace {

constexpr std::string_view kKind = "failed-step";
constexpr std::uint64_t kLargest = 16 << 20;
constexpr std::size_t kMost = 10;
constexpr std::int64_t kOldest = 7 * 24 * 3600;  // seconds

void add_pairs(Record& record, const std::string& name, const Environment& pairs) {
  for (const auto& [key, value] : pairs) {
    record.add(name, key);
    record.add(name + "-value", value);
  }
}

Environment pairs_of(const Record& record, const std::string& name) {
  Environment pairs;
  const auto keys = record.texts(name), values = record.texts(name + "-value");
  for (std::size_t i = 0; i < std::min(keys.size(), values.size()); ++i)
    pairs.emplace_back(keys[i], values[i]);
  return pairs;
}

std::vector<std::string> strings(const Record& record, std::string_view name) {
  const auto texts = record.texts(name);
  return {texts.begin(), texts.end()};
}

std::string text_of(const Record& record, std::string_view name) {
  return std::string(record.text(name).value_or(""));
}

Record mount_record(const RunMount& mount) {
  Record record{"mount"};
  record.add("type", static_cast<std::uint64_t>(mount.type));
  if (mount.from) record.add("from", static_cast<std::uint64_t>(*mount.from));
  record.add("source", mount.source);
  record.add("target", mount.target);
  record.add("read-only", static_cast<std::uint64_t>(mount.read_only));
  record.add("id", mount.id);
  record.add("sharing", static_cast<std::uint64_t>(mount.sharing));
  record.add("size", mount.size_bytes);
  record.add("mode", static_cast<std::uint64_t>(mount.mode));
  record.add("uid", static_cast<std::uint64_t>(mount.uid));
  record.add("gid", static_cast<std::uint64_t>(mount.gid));
  return record;
}

RunMount mount_of(const Record& record) {
  const auto number = [&](std::string_view name) { return record.natural(name).value_or(0); };
  RunMount mount;
  mount.type = static_cast<RunMount::Type>(number("type"));
  if (record.natural("from")) mount.from = number("from");
  mount.source = text_of(record, "source");
  mount.target = text_of(record, "target");
  mount.read_only = number("read-only") != 0;
  mount.id = text_of(record, "id");
  mount.sharing = static_cast<RunMount::Sharing>(number("sharing"));
  mount.size_bytes = number("size");
  mount.mode = static_cast<std::uint32_t>(number("mode"));
  mount.uid = static_cast<std::uint32_t>(number("uid"));
  mount.gid = static_cast<std::uint32_t>(number("gid"));
  return mount;
}

Record to_record(const FailedStep& step) {
  Record record{std::string(kKind)};
  record.add("name", step.name);
  record.add("failed-at", static_cast<std::uint64_t>(step.failed_at));
  for (const std::string& layer : step.layers) record.add("layer", layer);
  for (const std::string& word : step.run.argv) record.add("argument", word);
  add_pairs(record, "variable", step.run.env);
  add_pairs(record, "proxy", step.run.unkeyed_env);
  add_pairs(record, "host", step.run.hosts);
  record.add("user", step.run.user);
  record.add("cwd", step.run.cwd);
  record.add("network", step.run.network);
  record.add("insecure", static_cast<std::uint64_t>(step.run.insecure));
  record.add("hostname", step.run.hostname);
  record.add("shm", step.run.shm_bytes);
  for (const RunScript& script : step.run.scripts) {
    record.add("script", script.name);
    record.add("script-value", script.text);
  }
  for (const RunMount& mount : step.run.mounts) record.add("mount", mount_record(mount).encode());
  for (const FailedSource& source : step.sources) {
    Record nested{"source"};
    nested.add("directory", source.directory);
    for (const std::string& layer : source.layers) nested.add("layer", layer);
    record.add("source", nested.encode());
  }
  return record;
}

std::optional<FailedStep> from_record(const Record& record, const std::string& id) {
  FailedStep step;
  step.id = id;
  step.name = text_of(record, "name");
  step.failed_at = static_cast<std::int64_t>(record.natural("failed-at").value_or(0));
  step.layers = strings(record, "layer");
  step.run.argv = strings(record, "argument");
  step.run.env = pairs_of(record, "variable");
  step.run.unkeyed_env = pairs_of(record, "proxy");
  step.run.hosts = pairs_of(record, "host");
  step.run.user = text_of(record, "user");
  step.run.cwd = text_of(record, "cwd");
  step.run.network = text_of(record, "network");
  step.run.insecure = record.natural("insecure").value_or(0) != 0;
  step.run.hostname = text_of(record, "hostname");
  step.run.shm_bytes = record.natural("shm").value_or(0);
  for (auto& [name, text] : pairs_of(record, "script")) step.run.scripts.push_back({name, text});
  for (const std::string_view bytes : record.texts("source")) {
    const auto nested = Record::decode("source", bytes);
    if (!nested) return std::nullopt;
    step.sources.push_back({text_of(*nested, "directory"), strings(*nested, "layer")});
  }
  for (const std::string_view bytes : record.texts("mount")) {
    const auto nested = Record::decode("mount", bytes);
    if (!nested) return std::nullopt;
    step.run.mounts.push_back(mount_of(*nested));
    const auto& from = step.run.mounts.back().from;
    if (from && *from >= step.sources.size()) return std::nullopt;
  }
  return step;
}

std::string random_id() {
  std::random_device random;
  std::string id;
  for (int i = 0; i < 8; ++i) id += "0123456789abcdefghijklmnopqrstuvwxyz"[random() % 36];
  return id;
}

}  // namespace

Result<FailedSteps> FailedSteps::open(const std::string& store_root) {
  return FailedSteps(MBUILD_TRY_AS("open the failed steps", open_store_folder(store_root, "failed")));
}

Result<std::string> FailedSteps::put(FailedStep step) const {
  step.id = random_id();
  step.failed_at = Timestamp::now().seconds;
  MBUILD_CHECK(write_record(dir_.get(), step.id, to_record(step)));
  const std::vector<FailedStep> all = MBUILD_TRY(list());
  for (std::size_t i = 0; i < all.size(); ++i)
    if (i >= kMost || all[i].failed_at + kOldest < step.failed_at) (void)remove(all[i].id);
  return step.id;
}

Result<std::vector<FailedStep>> FailedSteps::list() const {
  std::vector<FailedStep> steps;
  for (const std::string& file : MBUILD_TRY_AS("list the failed steps", fs_at::list(dir_.get()))) {
    const auto record = read_record(dir_.get(), file, kKind, kLargest);
    auto step = record ? from_record(*record, file) : std::nullopt;
    if (step) steps.push_back(std::move(*step));
  }
  std::stable_sort(steps.begin(), steps.end(),
                   [](const FailedStep& a, const FailedStep& b) { return a.failed_at > b.failed_at; });
  return steps;
}

Result<void> FailedSteps::remove(const std::string& id) const {
  const bool name = !id.empty() && id.find('/') == std::string::npos && id != "." && id != "..";
  if (name && ::unlinkat(dir_.get(), id.c_str(), 0) == 0) return {};
  if (!name || errno == ENOENT)
    return fail(ErrorKind::not_found, fmt::format("failed step {}: there is none", id));
  return fail_errno(errno, "remove the failed step " + id);
}

}  // namespace mbuild::builder
