// StageLowering: applies the instructions of one stage to what its base gave it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "builder/plan/lower.h"
#include "builder/plan/plan_builder.h"
#include "builder/plan/source_lines.h"
#include "parser/environment.h"

namespace mbuild::builder {

// What a stage hands on to `FROM stage`, and to the result.
struct StageState {
  explicit StageState(parser::BuildEnvironment variables) : environment(std::move(variables)) {}

  OpId rootfs = 0;
  oci::ImageConfig config;
  std::vector<PlannedHistory> history;
  parser::BuildEnvironment environment;  // of ENV and ARG
  oci::Platform platform;
  std::vector<std::string> pending_triggers;  // ONBUILD of the base, to run before the stage's own lines
};

// Shared by all stages of one lowering; everything is borrowed.
struct LowerContext {
  const parser::Dockerfile& dockerfile;
  const parser::StageGraph& graph;
  const LowerOptions& options;
  ImageResolver& images;
  const std::function<void(Notice)>& notice;
  PlanBuilder& plan;
  std::vector<std::optional<StageState>>& stages;  // finished ones, by index
};

class StageLowering {
 public:
  StageLowering(LowerContext& context, const parser::Stage& stage);

  // The state after the stage's last instruction.
  Result<StageState> lower();

 private:
  // lower_from.cc
  Result<void> start_from_base();
  Result<void> start_from_image(ImageSourcePtr image, const SourceLines& source);
  Result<void> run_triggers();
  Result<OpId> resolve_source(const parser::StageReference& reference, const oci::Platform& platform);

  // stage_lowering.cc
  Result<void> apply(const parser::Instruction& instruction, const parser::Dockerfile& file, bool trigger);
  Result<std::string> expand(const parser::Word& word);
  Result<std::vector<std::string>> expand_all(const std::vector<parser::Word>& words);
  Result<std::string> expand_optional(const std::optional<parser::Word>& word);
  std::vector<std::string> with_shell(const parser::Command& command) const;
  void add_empty_history(std::string created_by);
  // Adds an op that makes a layer over the stage's root, and its history.
  void add_layer(OpBody body, std::string created_by);
  std::string step_name() const;
  std::string absolute(const std::string& path) const;  // against WORKDIR

  // lower_config.cc
  Result<void> apply(const parser::ArgInstruction& arg);
  Result<void> apply(const parser::EnvInstruction& env);
  Result<void> apply(const parser::LabelInstruction& label);
  Result<void> apply(const parser::UserInstruction& user);
  Result<void> apply(const parser::CmdInstruction& cmd);
  Result<void> apply(const parser::EntrypointInstruction& entrypoint);
  Result<void> apply(const parser::ExposeInstruction& expose);
  Result<void> apply(const parser::VolumeInstruction& volume);
  Result<void> apply(const parser::StopSignalInstruction& signal);
  Result<void> apply(const parser::HealthcheckInstruction& check);
  Result<void> apply(const parser::ShellInstruction& shell);
  Result<void> apply(const parser::MaintainerInstruction& maintainer);
  Result<void> apply(const parser::OnbuildInstruction& onbuild);
  Result<void> apply(const parser::FromInstruction& from);

  // lower_sources.cc: where a COPY or ADD takes its sources from.
  Result<std::vector<CopySource>> sources_from(const parser::Word& from, const char* keyword,
                                               const std::vector<std::string>& paths);
  Result<std::vector<CopySource>> sources_from_outside(const parser::CopyInstruction& copy,
                                                       const std::vector<std::string>& sources);
  Result<CopySource> download(const parser::CopyInstruction& copy, const std::string& url,
                              const std::string& checksum);
  Result<CopySource> repository(const parser::CopyInstruction& copy, const std::string& address,
                                const std::string& checksum);

  // lower_copy.cc, lower_run.cc
  Result<void> apply(const parser::WorkdirInstruction& workdir);
  Result<void> apply(const parser::CopyInstruction& copy);
  Result<void> apply(const parser::RunInstruction& run);
  Result<void> check_allowed(const std::string& what, const std::string& entitlement) const;
  Result<std::vector<RunMount>> lower_mounts(const parser::RunInstruction& run);

  LowerContext& context_;
  const parser::Stage& stage_;
  StageState state_;
  std::string label_;  // the stage's name, or "stage-0"
  bool cmd_set_here_ = false;

  // The instruction being applied.
  const parser::Instruction* instruction_ = nullptr;
  const parser::Dockerfile* file_ = nullptr;  // the Dockerfile, or the trigger's text
  SourceLines source_;
};

// The state of a stage, which is lowered first when nothing needed it yet: an ONBUILD trigger of a base image
// can be what needs it.
Result<const StageState*> lowered_stage(LowerContext& context, std::size_t index);

// The lines of `range` in the Dockerfile.
SourceLines lines_of(const parser::Dockerfile& dockerfile, parser::Range range);

}  // namespace mbuild::builder
