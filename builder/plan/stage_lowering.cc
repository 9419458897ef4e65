#include "builder/plan/stage_lowering.h"

#include <fmt/format.h>

#include "parser/expand.h"
#include "parser/path.h"

namespace mbuild::builder {

using namespace parser;

namespace {

// What a person recognises the line by: blanks in a row shown as one.
std::string one_line(std::string_view text) {
  std::string out;
  for (char c : text) {
    bool blank = c == ' ' || c == '\t' || c == '\n' || c == '\r';
    if (!blank)
      out += c;
    else if (!out.empty() && out.back() != ' ')
      out += ' ';
  }
  return out;
}

}  // namespace

SourceLines lines_of(const Dockerfile& dockerfile, Range range) {
  return lines_of(dockerfile.source, range);
}

Result<const StageState*> lowered_stage(LowerContext& context, std::size_t index) {
  std::optional<StageState>& state = context.stages[index];
  if (!state) state = MBUILD_TRY(StageLowering(context, context.graph.stages[index]).lower());
  return &*state;
}

StageLowering::StageLowering(LowerContext& context, const Stage& stage)
    : context_(context),
      stage_(stage),
      state_(BuildEnvironment(context.options.stages.build_args, context.graph.global_values)),
      label_(stage.name.empty() ? fmt::format("stage-{}", stage.index) : stage.name) {}

Result<StageState> StageLowering::lower() {
  instruction_ = stage_.from;
  file_ = &context_.dockerfile;
  source_ = lines_of(context_.dockerfile, stage_.from->range);
  if (auto started = start_from_base(); !started)
    return std::unexpected(std::move(started).error().with_source(source_));
  if (stage_.overridden) return std::move(state_);
  MBUILD_CHECK(run_triggers());
  for (const Instruction* instruction : stage_.instructions)
    MBUILD_CHECK(apply(*instruction, context_.dockerfile, false));
  return std::move(state_);
}

Result<void> StageLowering::apply(const Instruction& instruction, const Dockerfile& file, bool trigger) {
  instruction_ = &instruction;
  file_ = &file;
  // A trigger's text is in no file: the FROM line that brings it is what the user can look at.
  source_ = trigger ? lines_of(context_.dockerfile, stage_.from->range)
                    : lines_of(context_.dockerfile, instruction.range);
  Result<void> result =
      std::visit([this](const auto& body) -> Result<void> { return apply(body); }, instruction.body);
  if (result) return {};
  Error error = std::move(result).error();
  if (trigger) error = std::move(error).context("ONBUILD " + one_line(instruction.original));
  return std::unexpected(std::move(error).with_source(source_));
}

Result<std::string> StageLowering::expand(const Word& word) {
  ExpandOptions options;
  options.escape = file_->escape;
  auto expansion = parser::expand(word.text, state_.environment.lookup(), options);
  if (!expansion)
    return fail(ErrorKind::invalid_input,
                fmt::format("failed to process \"{}\": {}", word.text, expansion.error().message));
  return std::move(expansion->text);
}

Result<std::vector<std::string>> StageLowering::expand_all(const std::vector<Word>& words) {
  std::vector<std::string> out;
  for (const Word& word : words) out.push_back(MBUILD_TRY(expand(word)));
  return out;
}

Result<std::string> StageLowering::expand_optional(const std::optional<Word>& word) {
  return word ? expand(*word) : std::string();
}

std::vector<std::string> StageLowering::with_shell(const Command& command) const {
  if (command.exec_form) return command.words;
  std::vector<std::string> argv = state_.config.config.shell;
  if (argv.empty()) argv = {"/bin/sh", "-c"};
  argv.insert(argv.end(), command.words.begin(), command.words.end());
  return argv;
}

void StageLowering::add_empty_history(std::string created_by) {
  state_.history.push_back({std::move(created_by), std::nullopt});
}

void StageLowering::add_layer(OpBody body, std::string created_by) {
  Op op;
  op.body = std::move(body);
  op.platform = state_.platform;
  op.name = step_name();
  op.stage = label_;
  op.source = source_;
  op.no_cache = context_.options.no_cache || context_.options.no_cache_stages.contains(label_);
  state_.rootfs = context_.plan.add(std::move(op));
  state_.history.push_back({std::move(created_by), state_.rootfs});
}

std::string StageLowering::step_name() const {
  return (file_ == &context_.dockerfile ? "" : "ONBUILD ") + one_line(instruction_->original);
}

std::string StageLowering::absolute(const std::string& path) const {
  if (path.starts_with('/')) return clean_path(path);
  std::string base = state_.config.config.working_dir.empty() ? "/" : state_.config.config.working_dir;
  return clean_path(base + "/" + path);
}

}  // namespace mbuild::builder
