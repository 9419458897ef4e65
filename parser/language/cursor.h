// Cursor: what stands before a place in the text, also where the instruction is not whole yet.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "parser/language/analysis.h"

namespace mbuild::parser::language {

// A word of the logical line up to the cursor. `text` is as written, continuations aside.
struct CursorWord {
  std::string text;
  Range range;
};

struct Cursor {
  enum class Place { instruction, keyword, comment, heredoc_body, directive };
  Place place = Place::keyword;
  std::string keyword;  // upper case, ONBUILD's inner one where there is one; empty at the keyword itself
  Range line;           // of the logical line, from its first byte to the end of its first line at least
  std::vector<CursorWord> words;  // whole words between the keyword and the cursor, flags included
  CursorWord current;  // the word that the cursor ends; empty behind a blank. Its range goes to the
                       // end of the word, beyond the cursor

  // The words that are no flags.
  std::size_t arguments() const;
};

Cursor cursor_at(const Analysis& analysis, std::uint32_t offset);

}  // namespace mbuild::parser::language
