// A shell in a stage of a Dockerfile, for the terminal of an editor.
#pragma once

#include <string>
#include <string_view>

#include "registry/base/result.h"

namespace mbuild::cli::lsp {

struct StageShell {
  std::string file;     // the Dockerfile
  std::string context;  // a directory
  std::string stage;    // a name, or an index
  std::string root;     // the store
};

// `text` with a step at the end of the stage that fails, so that `--on-fail=shell` opens a shell there.
// `invalid_input` for a text with errors, `not_found` for a stage that is not there.
Result<std::string> with_failing_step(std::string_view text, const std::string& stage);

// Builds up to there and opens the shell. Gives the exit code; prints what went wrong.
int run_stage_shell(const StageShell& request);

}  // namespace mbuild::cli::lsp
