// Formatting by physical lines, and the gaps between the words of an instruction. Internal to format().
#pragma once

#include <string>
#include <vector>

#include "parser/ast.h"
#include "parser/diagnostic.h"
#include "parser/format.h"

namespace mbuild::parser {

using EditGroup = std::vector<TextEdit>;  // made together or not at all

class LineFormatter {
 public:
  LineFormatter(const Dockerfile& file, const FormatOptions& options);

  // The physical lines of an instruction without its heredocs' bodies: the first and the last, 1-based.
  unsigned first_line(const Instruction& instruction) const;
  unsigned last_line(const Instruction& instruction) const;

  // Blanks around and empty lines within the instruction's lines.
  void tidy(const Instruction& instruction, EditGroup& edits) const;
  // What separates two words; left alone when there is more than blanks, escapes and comments in it.
  void format_gap(Range gap, EditGroup& edits) const;
  // Comments and empty lines from line `first` to line `last`, before `next` (nullptr: the end of the file).
  void format_between(unsigned first, unsigned last, const Instruction* next, EditGroup& edits) const;

  void change(Range range, std::string text, EditGroup& edits) const;

 private:
  std::string_view line(unsigned number) const { return file_.source.text(file_.source.line_range(number)); }
  // The line's bytes with its line break.
  Range whole_line(unsigned number) const;
  bool is_blank_line(unsigned number) const;
  std::string formatted_gap(std::string_view gap) const;
  std::vector<std::string> lines_between(unsigned first, unsigned last) const;

  const Dockerfile& file_;
  std::string indent_;
  std::string line_break_;
};

}  // namespace mbuild::parser
