// ShellScript: the simple commands of a RUN, as far as text alone tells.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "parser/source.h"

namespace mbuild::parser {

struct ShellWord {
  std::string text;       // quotes and escapes removed
  Range range;            // in the file
  bool quoted = false;    // some of it was
  bool variable = false;  // it has a `$` or backquote that the shell expands
};

// How a command follows the one before it.
enum class ShellOperator { none, sequence, and_then, or_else, pipe, background };

struct ShellCommand {
  ShellOperator before = ShellOperator::none;
  bool grouped = false;  // inside parentheses, braces or a compound command such as `if`
  std::vector<ShellWord>
      words;    // without leading assignments, `sudo`, `exec`, `env`, `then` and the like; not empty
  Range range;  // of the words

  std::string_view name() const { return words.front().text; }
  // Whether one of the words after the name is exactly `word`.
  bool has_word(std::string_view word) const;
};

struct ShellScript {
  std::vector<ShellCommand> commands;
  std::vector<std::string>
      assigned;                 // variables that the script sets: NAME=, for NAME, read NAME, export NAME=
  std::vector<ShellWord> used;  // `$NAME` and `${NAME...}` outside single quotes; text is the name
  Range range;
};

// Reads `range` of `source`. `escape` continues lines as in a Dockerfile ('\0' inside a heredoc, where only
// the shell's own backslash does); comment lines are passed over. A heuristic for hints: it knows quotes,
// operators and comments, but not here-documents inside, `case` patterns, nor what an alias means.
ShellScript read_shell_script(std::string_view source, Range range, char escape);

}  // namespace mbuild::parser
