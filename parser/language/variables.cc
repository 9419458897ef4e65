#include "parser/language/variables.h"

#include <algorithm>
#include <map>

#include "parser/language/instruction_docs.h"
#include "parser/stage_walk.h"

namespace mbuild::parser::language {

namespace {

struct Definition {
  const Instruction* instruction;
};
using Definitions = std::map<std::string, Definition, std::less<>>;

void note(const Instruction& instruction, Definitions& definitions) {
  const auto add = [&](const std::vector<KeyValue>& pairs) {
    for (const KeyValue& pair : pairs) definitions[pair.key.text] = {&instruction};
  };
  if (const auto* env = std::get_if<EnvInstruction>(&instruction.body)) add(env->variables);
  if (const auto* arg = std::get_if<ArgInstruction>(&instruction.body)) add(arg->arguments);
}

// What the file says up to the offset: the stage's bases first, then its own instructions.
Definitions definitions_at(const Analysis& analysis, const Stage* stage, std::uint32_t offset) {
  std::vector<const Stage*> chain;
  const auto& stages = analysis.graph().stages;
  for (const Stage* s = stage; s;) {
    chain.push_back(s);
    const bool inherits = s->base.kind == StageReference::Kind::stage && s->base.stage < s->index;
    s = inherits ? &stages[s->base.stage] : nullptr;
  }
  Definitions definitions;
  for (auto s = chain.rbegin(); s != chain.rend(); ++s)
    for (const Instruction* instruction : (*s)->instructions)
      if (instruction->range.begin <= offset) note(*instruction, definitions);
  return definitions;
}

bool is_platform_argument(std::string_view name) {
  return std::ranges::any_of(built_in_arguments(),
                             [&](const BuiltInArgument& argument) { return argument.name == name; });
}

void describe(const Analysis& analysis, const Definitions& definitions, VisibleVariable& variable) {
  const auto found = definitions.find(variable.name);
  const bool given = analysis.options().stages.build_args.contains(variable.name);
  if (found == definitions.end()) {
    variable.origin = is_platform_argument(variable.name) ? "the build platform"
                      : given                             ? "--build-arg"
                                                          : "the base image";
    return;
  }
  const Instruction& instruction = *found->second.instruction;
  variable.definition = instruction.range;
  variable.origin =
      instruction.keyword + " on line " + std::to_string(analysis.source().line_of(instruction.range.begin));
  if (instruction.keyword == "ARG" && given) variable.origin += ", set by --build-arg";
}

std::vector<VisibleVariable> global_variables(const Analysis& analysis) {
  Definitions definitions;
  for (const Instruction* instruction : analysis.graph().global_args) note(*instruction, definitions);
  std::vector<VisibleVariable> variables;
  for (const auto& [name, value] : analysis.graph().global_values) {
    variables.push_back({name, value, "", {}});
    describe(analysis, definitions, variables.back());
  }
  for (const auto& [name, definition] : definitions) {
    if (analysis.graph().global_values.contains(name)) continue;
    variables.push_back({name, std::nullopt, "", {}});
    describe(analysis, definitions, variables.back());
  }
  return variables;
}

BaseEnvironment base_environment(const Outside& outside) {
  return [&outside](const StageReference& base) -> std::optional<Variables> {
    const std::optional<ImageFacts> image = outside.image(base.name);
    if (!image) return std::nullopt;
    return image->environment;
  };
}

}  // namespace

std::vector<VisibleVariable> variables_at(const Analysis& analysis, const Outside& outside,
                                          std::uint32_t offset) {
  const Stage* stage = analysis.stage_at(offset);
  if (!stage || offset <= stage->from->range.end) return global_variables(analysis);
  // The instruction itself may not be readable yet: the last one before it that is.
  const Instruction* last = nullptr;
  for (const Instruction* instruction : stage->instructions)
    if (instruction->range.begin <= offset) last = instruction;
  const Definitions definitions = definitions_at(analysis, stage, offset);
  std::map<std::string, std::optional<std::string>> values;
  const auto keep = [&](const StageState& state) {
    for (const auto& [name, value] : state.environment.variables()) values[name] = value;
    for (const auto& [name, value] : state.environment.arguments())
      if (!values.contains(name)) values[name] = std::nullopt;
  };
  const BaseEnvironment environment = base_environment(outside);
  walk_stages({analysis.file(), analysis.graph(), analysis.options().stages.build_args, environment},
              [&](const WalkStep& step) {
                if (&step.instruction == last) keep(step.state);
              });
  if (!last && stage->base.kind == StageReference::Kind::image)
    if (const auto image = outside.image(stage->base.name))
      for (const auto& [name, value] : image->environment) values[name] = value;
  std::vector<VisibleVariable> variables;
  for (auto& [name, value] : values) {
    variables.push_back({name, std::move(value), "", {}});
    describe(analysis, definitions, variables.back());
  }
  return variables;
}

std::optional<VisibleVariable> variable_at(const Analysis& analysis, const Outside& outside,
                                           std::uint32_t offset, std::string_view name) {
  for (VisibleVariable& variable : variables_at(analysis, outside, offset))
    if (variable.name == name) return std::move(variable);
  return std::nullopt;
}

}  // namespace mbuild::parser::language
