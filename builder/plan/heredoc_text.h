// The body of a heredoc as the file or script it becomes.
#pragma once

#include <string>

#include "parser/ast.h"

namespace mbuild::builder {

// The body, without the leading tabs of its lines when it was opened with `<<-`.
std::string heredoc_text(const parser::Heredoc& heredoc);

}  // namespace mbuild::builder
