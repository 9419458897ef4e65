#include "parser/stage_walk.h"

#include <optional>
#include <utility>

#include "parser/expand.h"
#include "parser/path.h"

namespace mbuild::parser {

namespace {

class Walker {
 public:
  Walker(const WalkInput& input, const std::function<void(const WalkStep&)>& visit)
      : input_(input), visit_(visit), states_(input.graph.stages.size()), heirs_(states_.size()) {}

  void run() {
    for (const Stage& stage : input_.graph.stages)
      if (stage.base.kind == StageReference::Kind::stage) ++heirs_[stage.base.stage];
    for (const Stage& stage : input_.graph.stages) walk(stage);
  }

 private:
  StageState begin(const Stage& stage);
  void walk(const Stage& stage);
  void apply(StageState& state, const Instruction& instruction);
  void change_workdir(StageState& state, const Word& path);
  void note_copy(StageState& state, const Instruction& instruction, const CopyInstruction& copy);
  std::optional<std::string> value(const StageState& state, const Word& word) const;

  const WalkInput& input_;
  const std::function<void(const WalkStep&)>& visit_;
  std::vector<std::optional<StageState>> states_;  // at the ends of stages that others are from
  std::vector<std::size_t> heirs_;
  std::vector<std::string> unset_;
};

StageState Walker::begin(const Stage& stage) {
  if (stage.base.kind == StageReference::Kind::stage) {
    std::optional<StageState>& parent = states_[stage.base.stage];
    if (--heirs_[stage.base.stage] > 0) return *parent;
    return std::move(*std::exchange(parent, std::nullopt));
  }
  StageState state{BuildEnvironment(input_.build_args, input_.graph.global_values)};
  state.environment.set("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
  if (stage.base.kind == StageReference::Kind::scratch) return state;
  std::optional<Variables> inherited;
  if (input_.base_environment) inherited = input_.base_environment(stage.base);
  state.environment_known = inherited.has_value();
  state.workdir.clear();
  if (inherited)
    for (const auto& [name, text] : *inherited) state.environment.set(name, text);
  return state;
}

void Walker::walk(const Stage& stage) {
  StageState state = begin(stage);
  for (const Instruction* instruction : stage.instructions) {
    unset_.clear();
    bool assigns = std::holds_alternative<EnvInstruction>(instruction->body) ||
                   std::holds_alternative<ArgInstruction>(instruction->body);
    if (assigns) apply(state, *instruction);
    visit_({stage, *instruction, state, unset_});
    if (!assigns) apply(state, *instruction);
  }
  if (heirs_[stage.index] > 0) states_[stage.index] = std::move(state);
}

// nullopt when it depends on what is not known.
std::optional<std::string> Walker::value(const StageState& state, const Word& word) const {
  auto result = expand(word.text, state.environment.lookup(), {.escape = input_.file.escape});
  if (!result || (!result->unset.empty() && !state.environment_known)) return std::nullopt;
  return std::move(result->text);
}

void Walker::apply(StageState& state, const Instruction& instruction) {
  // What is wrong with an ENV or ARG is reported where words are checked.
  if (const auto* env = std::get_if<EnvInstruction>(&instruction.body))
    static_cast<void>(state.environment.apply(*env, input_.file.escape, unset_));
  else if (const auto* arg = std::get_if<ArgInstruction>(&instruction.body))
    static_cast<void>(state.environment.apply(*arg, input_.file.escape, unset_));
  else if (const auto* workdir = std::get_if<WorkdirInstruction>(&instruction.body))
    change_workdir(state, workdir->path);
  else if (const auto* copy = std::get_if<CopyInstruction>(&instruction.body))
    note_copy(state, instruction, *copy);
  else if (const auto* shell = std::get_if<ShellInstruction>(&instruction.body)) {
    state.shell = shell->shell.front();
    state.pipefail = false;
    for (const std::string& word : shell->shell)
      state.pipefail = state.pipefail || word.find("pipefail") != std::string::npos;
  }
}

void Walker::change_workdir(StageState& state, const Word& path) {
  state.workdir_set = true;
  auto text = value(state, path);
  state.workdir = text ? state.absolute(*text) : "";
}

void Walker::note_copy(StageState& state, const Instruction& instruction, const CopyInstruction& copy) {
  auto text = value(state, copy.destination);
  if (!text) return;
  std::string path = state.absolute(text->empty() ? "." : *text);
  if (!path.empty()) state.copied.push_back({std::move(path), &instruction});
}

}  // namespace

std::string StageState::absolute(std::string_view path) const {
  if (path.starts_with('/')) return clean_path(path);
  if (workdir.empty()) return "";
  std::string joined = workdir + "/";
  joined += path;
  return clean_path(joined);
}

void walk_stages(const WalkInput& input, const std::function<void(const WalkStep&)>& visit) {
  Walker(input, visit).run();
}

}  // namespace mbuild::parser
