// format(): a Dockerfile in one style, meaning the same.
#pragma once

#include <string>
#include <vector>

#include "parser/diagnostic.h"
#include "parser/parse.h"

#pragma GCC visibility push(default)

namespace mbuild::parser {

struct FormatOptions {
  unsigned indent = 4;  // blanks before a continued line
};

// What format() would change, in order and without overlaps, each edit within one instruction or between two.
//
// - Keywords and AS in upper case, at the begin of their line; one blank between words and before a
// continuing escape
//   character; continued lines indented; `["a", "b"]`.
// - No blanks at the ends of lines, no empty lines inside an instruction, one at most between two, one before
// each FROM
//   but the first, none at the end.
// - `# key=value` for directives.
//
// The command of a RUN, CMD, ENTRYPOINT or HEALTHCHECK in shell form, what ONBUILD stores, heredocs and the
// text of comments are left as they are: their blanks are part of the image's history and of cache keys. A
// file with errors is not touched. The tree after the edits says what it said before (meaning_of), or the
// edit is not made.
std::vector<TextEdit> format_edits(const ParseResult& parsed, const FormatOptions& options = {});

std::string format(const ParseResult& parsed, const FormatOptions& options = {});

}  // namespace mbuild::parser

#pragma GCC visibility pop
