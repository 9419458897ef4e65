// Where the sources of COPY and ADD come from: a stage, an image, a build context, a server, a repository.
#include <fmt/format.h>

#include "builder/plan/stage_lowering.h"
#include "parser/remote_source.h"

namespace mbuild::builder {

using namespace parser;

Result<std::vector<CopySource>> StageLowering::sources_from(const Word& from, const char* keyword,
                                                            const std::vector<std::string>& paths) {
  std::vector<Diagnostic> problems;
  auto reference = resolve_copy_source(context_.graph, stage_.index, from, context_.options.stages, problems);
  if (!reference)
    return fail(ErrorKind::invalid_input,
                problems.empty() ? fmt::format("cannot copy from {}", from.text) : problems.front().message);
  for (const std::string& path : paths) {
    SourceKind kind = source_kind(path);
    if (kind != SourceKind::local)
      return fail(ErrorKind::invalid_input, kind == SourceKind::git ? "source can't be a git ref for COPY"
                                                                    : "source can't be a URL for COPY");
  }
  CopySource source;
  source.from = MBUILD_TRY_AS(fmt::format("{} --from={}", keyword, from.text),
                              resolve_source(*reference, state_.platform));
  source.paths = paths;
  // A COPY of heredocs alone needs no more than that the stage is there.
  if (paths.empty()) return std::vector<CopySource>{};
  return std::vector<CopySource>{std::move(source)};
}

Result<std::vector<CopySource>> StageLowering::sources_from_outside(const CopyInstruction& copy,
                                                                    const std::vector<std::string>& sources) {
  std::string checksum = MBUILD_TRY(expand_optional(copy.checksum));
  if (!checksum.empty() && sources.size() + copy.heredocs.size() > 1)
    return fail(ErrorKind::invalid_input, "checksum can't be specified for multiple sources");

  std::vector<CopySource> result;
  bool last_is_local = false;
  for (const std::string& text : sources) {
    SourceKind kind = source_kind(text);
    if (kind != SourceKind::local && !copy.add)
      return fail(ErrorKind::invalid_input, kind == SourceKind::git ? "source can't be a git ref for COPY"
                                                                    : "source can't be a URL for COPY");
    if (kind == SourceKind::http) {
      result.push_back(MBUILD_TRY(download(copy, text, checksum)));
    } else if (kind == SourceKind::git) {
      result.push_back(MBUILD_TRY(repository(copy, text, checksum)));
    } else {
      if (!checksum.empty())
        return fail(ErrorKind::invalid_input, "checksum requires HTTP(S) or Git sources");
      if (!last_is_local) {
        result.emplace_back();
        result.back().from = context_.plan.context("", context_.options.context_dir);
        result.back().unpack = copy.add && copy.unpack.value_or(true);
      }
      result.back().paths.push_back(text);
    }
    last_is_local = kind == SourceKind::local;
  }
  return result;
}

// One file, under its name: wildcards in it are text. Never unpacked unless asked to (SEMANTICS A11).
Result<CopySource> StageLowering::download(const CopyInstruction& copy, const std::string& url,
                                           const std::string& checksum) {
  CopySource source;
  std::string name = download_name(url);
  source.from = context_.plan.http({url, name, checksum}, source_);
  source.paths = {name};
  source.patterns = false;
  source.unpack = copy.unpack.value_or(false);
  return source;
}

Result<CopySource> StageLowering::repository(const CopyInstruction& copy, const std::string& address,
                                             const std::string& checksum) {
  std::string action = "ADD " + without_password(address);
  auto git = read_git_source(address);
  if (!git) return fail(ErrorKind::invalid_input, fmt::format("{}: {}", action, git.error()));
  if (auto applied = apply_git_flags(*git, checksum, copy.keep_git_dir); !applied)
    return fail(ErrorKind::invalid_input, fmt::format("{}: {}", action, applied.error()));
  CopySource source;
  source.from = context_.plan.git(std::move(*git), source_);
  source.paths = {"/"};
  source.patterns = false;
  return source;
}

}  // namespace mbuild::builder
