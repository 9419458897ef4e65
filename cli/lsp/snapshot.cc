#include "cli/lsp/snapshot.h"

#include <algorithm>
#include <deque>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "builder/last_build.h"

namespace mbuild::cli::lsp {

namespace language = parser::language;

namespace {

constexpr std::size_t kMostFiles = 50'000;
constexpr std::size_t kLargestIgnoreFile = 1 << 20;

std::optional<std::string> read_file(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return std::nullopt;
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  std::string text(kLargestIgnoreFile, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

language::BuiltStep::Outcome outcome_of(builder::StepOutcome outcome) {
  using Outcome = language::BuiltStep::Outcome;
  switch (outcome) {
    case builder::StepOutcome::executed:
      return Outcome::executed;
    case builder::StepOutcome::cached:
      return Outcome::cached;
    case builder::StepOutcome::cut_off:
      return Outcome::same_result;
    case builder::StepOutcome::failed:
      return Outcome::failed;
    case builder::StepOutcome::cancelled:
      return Outcome::cancelled;
  }
  return Outcome::executed;
}

// A build in a user namespace of one id has a store of its own below the root (StoreOptions).
language::LastBuild read_last_build(const std::string& store_root, const std::string& dockerfile) {
  std::vector<builder::LastBuildStep> steps = builder::last_build(store_root, dockerfile);
  if (steps.empty()) steps = builder::last_build(store_root + "/single-id", dockerfile);
  language::LastBuild build;
  for (builder::LastBuildStep& step : steps)
    build.push_back({step.first_line, step.last_line, std::move(step.text), outcome_of(step.outcome),
                     step.wall.count(), step.layer_bytes, std::move(step.reason)});
  return build;
}

}  // namespace

std::shared_ptr<const Snapshot> Snapshot::take(const std::string& dockerfile, const std::string& context,
                                               std::shared_ptr<StoreMemory> store,
                                               const std::string& store_root) {
  auto snapshot = std::make_shared<Snapshot>(std::move(store));
  snapshot->read_ignore_file(dockerfile, context);
  snapshot->list_files(context);
  snapshot->last_build_ = read_last_build(store_root, dockerfile);
  return snapshot;
}

// The Dockerfile's own ignore file, else the context's (SEMANTICS A9).
void Snapshot::read_ignore_file(const std::string& dockerfile, const std::string& context) {
  std::optional<std::string> text = read_file(dockerfile + ".dockerignore");
  if (!text) text = read_file(context + "/.dockerignore");
  if (!text) return;
  const auto patterns = parser::read_ignore_file(*text);
  if (!patterns) return;
  auto matcher = parser::PatternMatcher::compile(*patterns);
  if (matcher && !matcher->empty())
    ignored_ = std::make_shared<const parser::PatternMatcher>(std::move(*matcher));
}

void Snapshot::list_files(const std::string& context) {
  namespace fs = std::filesystem;
  std::deque<std::string> waiting = {""};
  std::size_t count = 0;
  while (!waiting.empty() && count < kMostFiles) {
    const std::string folder = std::move(waiting.front());
    waiting.pop_front();
    std::vector<language::ContextFile>& entries = folders_[folder];
    std::error_code error;
    for (fs::directory_iterator entry(context + "/" + folder, error), end; !error && entry != end;
         entry.increment(error)) {
      if (++count > kMostFiles) break;
      std::string name = entry->path().filename().string();
      const std::string path = folder.empty() ? name : folder + "/" + name;
      std::error_code ignored_error;
      const bool directory = entry->symlink_status(ignored_error).type() == fs::file_type::directory;
      const bool left_out = ignored_ && ignored_->matches(path);
      if (left_out && !(directory && ignored_->may_include_below(path))) continue;
      if (directory) waiting.push_back(path);
      entries.push_back({std::move(name), directory});
    }
    std::ranges::sort(entries, {}, &language::ContextFile::name);
  }
}

std::vector<language::ContextFile> Snapshot::files(std::string_view folder) const {
  const auto found = folders_.find(folder);
  return found == folders_.end() ? std::vector<language::ContextFile>() : found->second;
}

}  // namespace mbuild::cli::lsp
