// Diagnostic: one thing that is wrong, or could be better, in a Dockerfile.
#pragma once

#include <string>
#include <vector>

#include "parser/source.h"

#pragma GCC visibility push(default)

namespace mbuild::parser {

enum class Severity { error, warning, hint };

// Replaces `range` by `text`.
struct TextEdit {
  Range range;
  std::string text;
};

// A change that would settle a diagnostic, as an editor's "quick fix" offers it.
struct Fix {
  std::string title;
  std::vector<TextEdit> edits;  // do not overlap
};

struct Related {
  Range range;
  std::string message;
};

// `code` is stable: a rule's name (BuildKit's own where it has one, e.g. "StageNameCasing") or, for what is
// not legal at all, a kebab-case name such as "unknown-instruction".
struct Diagnostic {
  Severity severity = Severity::error;
  std::string code;
  std::string message;  // says what is wrong and what to do, without a location
  Range range;
  std::vector<Related> related;
  std::vector<Fix> fixes;
};

}  // namespace mbuild::parser

#pragma GCC visibility pop
