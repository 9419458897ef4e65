// RUN --mount: from the flag's text to RunMounts with defaults applied.
#include <fmt/format.h>

#include "builder/plan/stage_lowering.h"
#include "parser/expand.h"
#include "parser/mount.h"

namespace mbuild::builder {

using namespace parser;

namespace {

RunMount::Type type_of(MountType type) {
  switch (type) {
    case MountType::bind:
      return RunMount::Type::bind;
    case MountType::cache:
      return RunMount::Type::cache;
    case MountType::tmpfs:
      return RunMount::Type::tmpfs;
    case MountType::secret:
      return RunMount::Type::secret;
    case MountType::ssh:
      return RunMount::Type::ssh;
  }
  return RunMount::Type::bind;
}

RunMount::Sharing sharing_of(CacheSharing sharing) {
  switch (sharing) {
    case CacheSharing::shared:
      return RunMount::Sharing::shared;
    case CacheSharing::exclusive:
      return RunMount::Sharing::exclusive;
    case CacheSharing::locked:
      return RunMount::Sharing::locked;
  }
  return RunMount::Sharing::shared;
}

RunMount plain_mount(const Mount& mount) {
  RunMount result;
  result.type = type_of(mount.type);
  result.source = mount.type == MountType::bind || mount.type == MountType::cache ? mount.source : "";
  result.target = mount.target;
  result.read_only = mount.read_only.value_or(false);
  result.id = mount.id;
  result.sharing = sharing_of(mount.sharing.value_or(CacheSharing::shared));
  result.required = mount.required;
  result.size_bytes = mount.size.value_or(0);
  result.mode = mount.mode.value_or(0755);
  result.uid = mount.uid.value_or(0);
  result.gid = mount.gid.value_or(0);
  result.environment = mount.env.value_or("");
  return result;
}

}  // namespace

Result<std::vector<RunMount>> StageLowering::lower_mounts(const RunInstruction& run) {
  ExpandOptions options;
  options.escape = file_->escape;
  auto expand_value = [&](std::string_view value) -> std::expected<std::string, std::string> {
    auto expansion = parser::expand(value, state_.environment.lookup(), options);
    if (!expansion) return std::unexpected(expansion.error().message);
    return std::move(expansion->text);
  };

  std::vector<RunMount> mounts;
  std::size_t ssh_mounts = 0;
  for (const Word& word : run.mounts) {
    auto read = read_mount(word.text, expand_value);
    if (!read)
      return fail(ErrorKind::invalid_input,
                  fmt::format("RUN --mount={}: {}", word.text, read.error().message));
    Mount mount = with_defaults(std::move(*read), ssh_mounts);
    if (mount.type == MountType::ssh) ++ssh_mounts;
    RunMount lowered = plain_mount(mount);
    if (!lowered.target.empty()) lowered.target = absolute(lowered.target);
    auto space = context_.options.stages.build_args.find("BUILDKIT_CACHE_MOUNT_NS");
    if (mount.type == MountType::cache && space != context_.options.stages.build_args.end())
      lowered.id = space->second + "/" + lowered.id;

    if (!mount.from.empty()) {
      std::vector<Diagnostic> problems;
      auto reference = resolve_copy_source(context_.graph, stage_.index, Word{mount.from, word.range},
                                           context_.options.stages, problems);
      if (!reference)
        return fail(ErrorKind::invalid_input,
                    problems.empty() ? "cannot mount from " + mount.from : problems.front().message);
      lowered.from =
          MBUILD_TRY_AS("RUN --mount from=" + mount.from, resolve_source(*reference, state_.platform));
    } else if (mount.type == MountType::bind) {
      lowered.from = context_.plan.context("", context_.options.context_dir);
    }
    mounts.push_back(std::move(lowered));
  }
  return mounts;
}

}  // namespace mbuild::builder
