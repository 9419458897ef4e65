#include "parser/outline.h"

#include <algorithm>
#include <map>
#include <set>

#include "parser/comments.h"
#include "parser/environment.h"
#include "parser/expand.h"
#include "parser/mount.h"
#include "parser/stage_walk.h"

namespace mbuild::parser {

namespace {

class Collector {
 public:
  Collector(const Dockerfile& file, const StageGraph& graph, const StageOptions& options)
      : file_(file), graph_(graph), options_(options) {}

  Outline run() {
    const Stage& target = graph_.stages[graph_.target];
    result_.name = target.name;
    result_.description = target.description;
    for (std::size_t index : graph_.needed) {
      const FromInstruction& from = graph_.stages[index].from_instruction();
      use_global_names(from.image);
      if (from.platform) use_global_names(*from.platform);
    }
    const BaseEnvironment unknown;
    walk_stages({file_, graph_, options_.build_args, unknown}, [this](const WalkStep& step) {
      if (std::binary_search(graph_.needed.begin(), graph_.needed.end(), step.stage.index)) visit(step);
    });
    add_globals();
    std::stable_sort(result_.arguments.begin(), result_.arguments.end(),
                     [](const auto& a, const auto& b) { return a.range.begin < b.range.begin; });
    return std::move(result_);
  }

 private:
  void use_global_names(const Word& word);
  void visit(const WalkStep& step);
  void add_argument(const Instruction& instruction, const std::string& name, std::string value);
  void add_mount(const WalkStep& step, const Word& mount);
  void add_globals();
  static void require(std::vector<Outline::Requirement>& list, const Mount& mount, Range range);

  const Dockerfile& file_;
  const StageGraph& graph_;
  const StageOptions& options_;
  Outline result_;
  std::set<std::string, std::less<>> used_globals_;
  std::set<std::string, std::less<>> listed_;
};

void Collector::use_global_names(const Word& word) {
  auto lookup = [this](std::string_view name) -> std::optional<std::string> {
    used_globals_.emplace(name);
    auto found = graph_.global_values.find(std::string(name));
    if (found == graph_.global_values.end()) return std::nullopt;
    return found->second;
  };
  // What is wrong with a word the graph has reported.
  static_cast<void>(expand(word.text, lookup, {.escape = file_.escape}));
}

void Collector::add_argument(const Instruction& instruction, const std::string& name, std::string value) {
  if (!listed_.insert(name).second) return;
  result_.arguments.push_back({name, description_of(instruction, name), std::move(value), instruction.range});
}

void Collector::visit(const WalkStep& step) {
  const InstructionBody& body = step.instruction.body;
  if (const auto* arg = std::get_if<ArgInstruction>(&body)) {
    for (const KeyValue& argument : arg->arguments) {
      const std::string& name = argument.key.text;
      // One without a default is the global of that name, if there is one; a platform ARG is upstream's own.
      bool is_global = !argument.value && graph_.global_values.contains(name);
      if (is_global)
        used_globals_.insert(name);
      else
        add_argument(step.instruction, name, step.state.environment.get(name).value_or(""));
    }
  }
  if (const auto* run = std::get_if<RunInstruction>(&body))
    for (const Word& mount : run->mounts) add_mount(step, mount);
}

void Collector::require(std::vector<Outline::Requirement>& list, const Mount& mount, Range range) {
  auto found = std::find_if(list.begin(), list.end(), [&](const auto& one) { return one.name == mount.id; });
  if (found == list.end()) found = list.insert(list.end(), {mount.id, false, range});
  found->required = found->required || mount.required;
}

void Collector::add_mount(const WalkStep& step, const Word& mount) {
  auto read = read_mount(mount.text, [&](std::string_view text) -> std::expected<std::string, std::string> {
    auto result = expand(text, step.state.environment.lookup(), {.escape = file_.escape});
    if (!result) return std::unexpected(result.error().message);
    return std::move(result->text);
  });
  if (!read) return;
  Mount complete = with_defaults(std::move(*read), 0);
  if (complete.type == MountType::secret) require(result_.secrets, complete, step.instruction.range);
  if (complete.type == MountType::ssh) require(result_.ssh, complete, step.instruction.range);
  if (complete.type != MountType::cache) return;
  bool known = std::any_of(result_.caches.begin(), result_.caches.end(),
                           [&](const Outline::Cache& cache) { return cache.id == complete.id; });
  if (!known) result_.caches.push_back({complete.id, step.instruction.range});
}

// Globals that are used, from the last to the first, as a default uses only what stands before it.
void Collector::add_globals() {
  for (auto at = graph_.global_args.rbegin(); at != graph_.global_args.rend(); ++at) {
    const auto& arguments = std::get<ArgInstruction>((*at)->body).arguments;
    for (auto argument = arguments.rbegin(); argument != arguments.rend(); ++argument) {
      const std::string& name = argument->key.text;
      if (!used_globals_.contains(name)) continue;
      bool overridden = options_.build_args.contains(name);
      if (argument->value && !overridden) use_global_names(*argument->value);
      auto value = graph_.global_values.find(name);
      add_argument(**at, name, value == graph_.global_values.end() ? "" : value->second);
    }
  }
}

}  // namespace

std::vector<TargetSummary> list_targets(const StageGraph& graph) {
  std::vector<TargetSummary> result;
  for (const Stage& stage : graph.stages) {
    const FromInstruction& from = stage.from_instruction();
    result.push_back({stage.name, stage.index + 1 == graph.stages.size(), stage.description, from.image.text,
                      from.platform ? from.platform->text : "", stage.from->range});
  }
  return result;
}

Outline outline(const Dockerfile& dockerfile, const StageGraph& graph, const StageOptions& options) {
  return Collector(dockerfile, graph, options).run();
}

}  // namespace mbuild::parser
