// WORKDIR, COPY and ADD.
#include <fmt/format.h>

#include "builder/plan/heredoc_text.h"
#include "builder/plan/history_text.h"
#include "builder/plan/stage_lowering.h"
#include "parser/expand.h"
#include "parser/remote_source.h"

namespace mbuild::builder {

using namespace parser;

namespace {

// A destination that names a directory by its form keeps saying so: "dir/" and "dir/." (SEMANTICS A11).
bool names_directory(const std::string& path) {
  return path.empty() || path == "." || path.ends_with('/') || path.ends_with("/.");
}

}  // namespace

Result<void> StageLowering::apply(const WorkdirInstruction& workdir) {
  std::string path = absolute(MBUILD_TRY(expand(workdir.path)));
  state_.config.config.working_dir = path;
  if (path == "/") {
    add_empty_history(history_text::workdir(path));
    return {};
  }
  add_layer(WorkdirOp{state_.rootfs, path, state_.config.config.user}, history_text::workdir(path));
  return {};
}

Result<void> StageLowering::apply(const CopyInstruction& copy) {
  const char* keyword = copy.add ? "ADD" : "COPY";
  CopyOp op;
  op.rootfs = state_.rootfs;
  op.add = copy.add;
  op.link = copy.link;
  op.parents = copy.parents;
  op.chown = MBUILD_TRY(expand_optional(copy.chown));
  op.chmod = MBUILD_TRY(expand_optional(copy.chmod));
  for (const Word& pattern : copy.exclude) op.exclude.push_back(pattern.text);
  std::vector<std::string> sources = MBUILD_TRY(expand_all(copy.sources));

  std::string destination = MBUILD_TRY(expand(copy.destination));
  op.destination = absolute(destination);
  if (names_directory(destination) && !op.destination.ends_with('/')) op.destination += '/';

  history_text::Copy shown{copy.add, copy.parents, op.chown, op.chmod, sources, destination};
  for (const Heredoc& heredoc : copy.heredocs) {
    std::string body = heredoc_text(heredoc);
    if (heredoc.expand) {
      // Quotes are text in a body, and the escape is always `\` (SEMANTICS A5).
      ExpandOptions options;
      options.raw_quotes = true;
      auto expansion = parser::expand(body, state_.environment.lookup(), options);
      if (!expansion)
        return fail(ErrorKind::invalid_input,
                    fmt::format("{} <<{}: {}", keyword, heredoc.name, expansion.error().message));
      body = std::move(expansion->text);
    }
    op.inline_files.push_back({heredoc.name, std::move(body)});
    shown.sources.push_back("<<" + heredoc.name);
  }

  op.sources = MBUILD_TRY(copy.from ? sources_from(*copy.from, keyword, sources)
                                    : sources_from_outside(copy, sources));
  add_layer(std::move(op), history_text::copy(shown));
  return {};
}

}  // namespace mbuild::builder
