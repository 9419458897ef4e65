// FROM: what a stage starts from, and the ONBUILD triggers that come with it.
#include <fmt/format.h>

#include "builder/plan/stage_lowering.h"
#include "parser/parse.h"

namespace mbuild::builder {

using namespace parser;

namespace {

constexpr std::string_view kDefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

constexpr std::string_view kEmptyImage = "docker-image://scratch";

bool is_image_spec(std::string_view specification) {
  return specification.starts_with("oci-layout://") || specification.starts_with("docker-image://");
}

}  // namespace

Result<void> StageLowering::start_from_base() {
  state_.platform = context_.options.target_platform;
  if (!stage_.platform.empty())
    state_.platform = MBUILD_TRY_AS("FROM --platform", oci::Platform::parse(stage_.platform));

  const StageReference& base = stage_.base;
  if (base.kind == StageReference::Kind::stage) {
    const StageState& parent = *MBUILD_TRY(lowered_stage(context_, base.stage));
    state_.rootfs = parent.rootfs;
    state_.config = parent.config;
    state_.history = parent.history;
    state_.environment = parent.environment;
    state_.platform = stage_.platform.empty() ? parent.platform : state_.platform;
  } else {
    state_.config.platform = state_.platform;
    const bool empty_context = base.kind == StageReference::Kind::named_context &&
                               context_.options.named_contexts.at(base.name) == kEmptyImage;
    if (base.kind == StageReference::Kind::scratch || empty_context) {
      state_.rootfs = context_.plan.scratch();
    } else if (std::string spec = base.kind == StageReference::Kind::named_context
                                      ? context_.options.named_contexts.at(base.name)
                                      : base.name;
               base.kind == StageReference::Kind::image || is_image_spec(spec)) {
      MBUILD_CHECK(start_from_image(MBUILD_TRY(context_.images.resolve(spec, state_.platform)), source_));
    } else {
      // A directory, an archive or a repository as a base: its files are the root file system.
      CopyOp copy;
      copy.rootfs = context_.plan.scratch();
      copy.sources.push_back({context_.plan.context(base.name, spec), {"/"}});
      copy.destination = "/";
      add_layer(std::move(copy), fmt::format("COPY {} / # buildkit", base.name));
    }
  }

  oci::RunConfig& config = state_.config.config;
  if (config.working_dir.empty() && base.kind == StageReference::Kind::scratch) config.working_dir = "/";
  if (!config.get_env("PATH")) config.set_env("PATH", kDefaultPath);
  if (base.kind != StageReference::Kind::stage)
    for (const std::string& variable : config.env) {
      std::size_t equals = variable.find('=');
      if (equals != std::string::npos)
        state_.environment.set(variable.substr(0, equals), variable.substr(equals + 1));
    }
  state_.pending_triggers = std::exchange(config.onbuild, {});
  return {};
}

Result<void> StageLowering::start_from_image(ImageSourcePtr image, const SourceLines& source) {
  state_.rootfs = context_.plan.image(image, state_.platform, label_, source);
  oci::Platform platform = state_.config.platform;
  state_.config = image->config;
  state_.config.platform.os = platform.os;
  state_.config.platform.architecture = platform.architecture;
  state_.config.platform.variant = platform.variant;
  return {};
}

Result<void> StageLowering::run_triggers() {
  for (const std::string& trigger : std::exchange(state_.pending_triggers, {})) {
    ParseResult parsed = parse_trigger(trigger);
    for (const Diagnostic& diagnostic : parsed.diagnostics)
      if (diagnostic.severity == Severity::error)
        return std::unexpected(
            Error(ErrorKind::invalid_input, fmt::format("ONBUILD {}: {}", trigger, diagnostic.message))
                .with_source(lines_of(context_.dockerfile, stage_.from->range)));
    for (const Instruction& instruction : parsed.dockerfile.instructions)
      MBUILD_CHECK(apply(instruction, parsed.dockerfile, true));
  }
  return {};
}

Result<OpId> StageLowering::resolve_source(const StageReference& reference, const oci::Platform& platform) {
  switch (reference.kind) {
    case StageReference::Kind::scratch:
      return context_.plan.scratch();
    case StageReference::Kind::stage:
      return MBUILD_TRY(lowered_stage(context_, reference.stage))->rootfs;
    case StageReference::Kind::named_context: {
      const std::string& spec = context_.options.named_contexts.at(reference.name);
      if (spec == kEmptyImage) return context_.plan.scratch();
      if (!is_image_spec(spec)) return context_.plan.context(reference.name, spec);
      return context_.plan.image(MBUILD_TRY(context_.images.resolve(spec, platform)), platform, "", source_);
    }
    case StageReference::Kind::image:
      return context_.plan.image(MBUILD_TRY(context_.images.resolve(reference.name, platform)), platform, "",
                                 source_);
  }
  return fail(ErrorKind::internal, "a stage reference of no kind");
}

Result<void> StageLowering::apply(const FromInstruction&) {
  return fail(ErrorKind::internal, "FROM inside a stage");  // stages are cut at FROM
}

}  // namespace mbuild::builder
