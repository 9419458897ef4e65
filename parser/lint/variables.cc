// UndefinedVar, WorkdirRelativePath, CopyIgnoredFile, and expansions that can never succeed.
#include <algorithm>

#include "parser/characters.h"
#include "parser/expandable.h"
#include "parser/lint/checks.h"
#include "parser/lint/context.h"
#include "parser/mount.h"
#include "parser/path.h"
#include "parser/stage_walk.h"
#include "parser/suggest.h"

namespace mbuild::parser {

namespace {

class VariableChecks {
 public:
  VariableChecks(LintContext& context, const WalkStep& step) : context_(context), step_(step) {}

  void run() {
    const InstructionBody& body = step_.instruction.body;
    if (const auto* env = std::get_if<EnvInstruction>(&body)) return check_assignments(env->variables);
    if (const auto* arg = std::get_if<ArgInstruction>(&body)) return check_assignments(arg->arguments);
    for (const Word* word : expandable_words(step_.instruction)) check_word(*word);
    if (const auto* workdir = std::get_if<WorkdirInstruction>(&body)) check_workdir(workdir->path);
    if (const auto* copy = std::get_if<CopyInstruction>(&body)) {
      check_heredocs(copy->heredocs);
      if (!copy->from && context_.options.ignored) check_sources(*copy);
    }
    if (const auto* run = std::get_if<RunInstruction>(&body))
      for (const Word& mount : run->mounts) check_mount(mount);
  }

 private:
  std::expected<Expansion, ExpandError> expand_word(std::string_view text, ExpandOptions options = {}) const {
    return expand(text, step_.state.environment.lookup(), options);
  }
  ExpandOptions file_options() const { return {.escape = context_.file.escape}; }

  void check_assignments(const std::vector<KeyValue>& pairs);
  void check_word(const Word& word);
  void check_heredocs(const std::vector<Heredoc>& heredocs);
  void check_mount(const Word& mount);
  void check_workdir(const Word& path);
  void check_sources(const CopyInstruction& copy);
  void report_error(const ExpandError& error, const Word& word);
  void report_unset(const std::vector<std::string>& names, Range range);

  LintContext& context_;
  const WalkStep& step_;
  std::vector<std::string> reported_;  // one report a name and instruction
};

// The range of the word that uses `name`, as far as that can be told without expanding again.
Range use_of(const std::vector<KeyValue>& pairs, const std::string& name, Range otherwise) {
  for (const KeyValue& pair : pairs) {
    if (!pair.value) continue;
    bool used = pair.value->text.find("$" + name) != std::string::npos ||
                pair.value->text.find("${" + name) != std::string::npos;
    if (used) return pair.value->range;
  }
  return otherwise;
}

void VariableChecks::check_assignments(const std::vector<KeyValue>& pairs) {
  std::vector<const Word*> words = expandable_words(step_.instruction);
  if (words.empty())  // ARG
    for (const KeyValue& pair : pairs)
      if (pair.value) words.push_back(&*pair.value);
  for (const Word* word : words)
    if (auto result = expand_word(word->text, file_options()); !result) report_error(result.error(), *word);
  for (const std::string& name : step_.unset)
    report_unset({name}, use_of(pairs, name, step_.instruction.range));
}

void VariableChecks::check_word(const Word& word) {
  if (word.text.find_first_of("$'\"\\`") == std::string::npos) return;
  auto result = expand_word(word.text, file_options());
  if (!result) return report_error(result.error(), word);
  // Upstream splits the words of EXPOSE itself, and reports nothing.
  if (!std::holds_alternative<ExposeInstruction>(step_.instruction.body))
    report_unset(result->unset, word.range);
}

void VariableChecks::check_heredocs(const std::vector<Heredoc>& heredocs) {
  for (const Heredoc& heredoc : heredocs) {
    if (!heredoc.expand) continue;
    auto result = expand_word(heredoc.body, {.raw_quotes = true});
    if (!result)
      report_error(result.error(), {heredoc.body, heredoc.body_range});
    else
      report_unset(result->unset, heredoc.range);
  }
}

void VariableChecks::check_mount(const Word& mount) {
  bool depends = false;
  auto read = read_mount(mount.text, [&](std::string_view text) -> std::expected<std::string, std::string> {
    auto result = expand_word(text, file_options());
    depends = depends || !result || !result->unset.empty();
    if (!result) return std::unexpected(result.error().message);
    report_unset(result->unset, mount.range);
    return std::move(result->text);
  });
  // With a variable that has no value here it may be right all the same.
  if (!read && !depends) context_.report_error("invalid-mount", read.error().message, mount.range);
}

void VariableChecks::check_workdir(const Word& path) {
  if (step_.state.workdir_set) return;
  auto result = expand_word(path.text, file_options());
  bool unknown = !result || (!result->unset.empty() && !step_.state.environment_known);
  if (unknown || result->text.starts_with('/')) return;
  context_.report("WorkdirRelativePath",
                  "relative WORKDIR " + quote(result->text) +
                      " is below whatever directory the base image has: begin with an absolute one",
                  path.range);
}

void VariableChecks::check_sources(const CopyInstruction& copy) {
  const PatternMatcher& ignored = *context_.options.ignored;
  // A negation may bring back what is below an excluded directory.
  if (ignored.has_negations()) return;
  for (const Word& source : copy.sources) {
    auto result = expand_word(source.text, file_options());
    if (!result || !result->unset.empty() || result->text.find("://") != std::string::npos) continue;
    std::string path = clean_path(result->text);
    if (path.starts_with('/')) path.erase(0, 1);
    // All of the context is excluded when a name that no pattern can have meant is.
    bool everything = path.empty() || path == ".";
    if (!ignored.matches(everything ? std::string(40, '\1') : path)) continue;
    context_.report("CopyIgnoredFile",
                    quote(result->text) + " is excluded by .dockerignore, so there is nothing to " +
                        (copy.add ? "add" : "copy"),
                    source.range);
  }
}

void VariableChecks::report_error(const ExpandError& error, const Word& word) {
  // `${name:?}`: the value may come from the base image or --build-arg.
  if (error.missing) return;
  Range range = word.range;
  if (range.size() == word.text.size()) range.begin += static_cast<std::uint32_t>(error.offset);
  context_.report_error("invalid-expansion", error.message, range);
}

void VariableChecks::report_unset(const std::vector<std::string>& names, Range range) {
  const BuildEnvironment& environment = step_.state.environment;
  for (const std::string& name : names) {
    bool known = environment.is_declared(name) || name.starts_with("BUILDKIT_SBOM_SCAN_");
    if (known || std::find(reported_.begin(), reported_.end(), name) != reported_.end()) continue;
    std::vector<std::string_view> candidates;
    for (const auto& [candidate, value] : environment.variables()) candidates.push_back(candidate);
    std::string_view meant = closest(name, candidates);
    if (meant.empty() && !step_.state.environment_known) continue;
    reported_.push_back(name);
    std::string message = "no ARG or ENV above defines $" + name;
    if (!meant.empty()) message += " (did you mean $" + std::string(meant) + "?)";
    context_.report("UndefinedVar", std::move(message), range,
                    rename_variable(context_.file.source, range, name, meant));
  }
}

}  // namespace

void check_variables(LintContext& context) {
  walk_stages(context.walk_input(), [&](const WalkStep& step) { VariableChecks(context, step).run(); });
}

}  // namespace mbuild::parser
