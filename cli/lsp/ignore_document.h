// .dockerignore files in an editor.
#pragma once

#include <vector>

#include "parser/diagnostic.h"

namespace mbuild::cli::lsp {

// The first pattern that no build would take, as the build says it.
std::vector<parser::Diagnostic> ignore_diagnostics(const parser::Source& source);

}  // namespace mbuild::cli::lsp
