// LineReader: the logical lines of a Dockerfile, with the way back from each byte to the source (SEMANTICS
// A2; moby: frontend/dockerfile/parser/parser.go, Parse).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "parser/ast.h"
#include "parser/diagnostic.h"

namespace mbuild::parser {

// Bytes [begin, end) of a logical line's text.
struct Span {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;

  bool empty() const { return begin == end; }
  std::uint32_t size() const { return end - begin; }
};

// One instruction's text: continuation lines joined, comments and blank lines among them dropped. White space
// before the first line is not part of it, all other is. Valid until the reader that filled it reads on.
class LogicalLine {
 public:
  LogicalLine() = default;
  LogicalLine(const LogicalLine&) = delete;  // text() may point into the line itself
  LogicalLine& operator=(const LogicalLine&) = delete;

  std::string_view text() const { return text_; }
  std::string_view text(Span span) const { return text_.substr(span.begin, span.size()); }

  // Where a span lies in the source: from its first byte to its last, with the line breaks in between. An
  // empty span gives an empty range.
  Range to_source(Span span) const;

  // From the first byte of the first line to the end of the last one that belongs to it.
  Range range() const { return range_; }
  // The first blank line inside it; empty when there is none.
  Range blank_line() const { return blank_line_; }

 private:
  friend class LineReader;

  // The text from `begin` up to the next piece stands at `source` in the file.
  struct Piece {
    std::uint32_t begin;
    std::uint32_t source;
  };
  std::uint32_t source_offset(std::uint32_t offset) const;

  std::string_view text_;  // of the source when the line is a single one, else of joined_
  std::string joined_;
  std::vector<Piece> pieces_;
  Range range_;
  Range blank_line_;
};

// Reads from one offset of a source to its end, once. The source and the vectors must outlive it.
class LineReader {
 public:
  // Comments are appended to `comments`; lines longer than the limit of 65535 bytes are reported and read
  // anyway.
  LineReader(const Source& source, std::uint32_t offset, char escape, std::vector<Comment>& comments,
             std::vector<Diagnostic>& diagnostics);

  // Skips blank lines and comments and reads the next logical line; false at the end of the file.
  bool next(LogicalLine& line);

  // The comments directly above the line that next() gave: those since the instruction before it or since a
  // comment without text. Gives them away.
  std::vector<Comment> take_comments();

  // Reads the body of a heredoc, whose lines begin where the logical line (or the heredoc before) ended, and
  // sets `body` and `body_range`. False, with nothing read, when no line ends it.
  bool read_body(Heredoc& heredoc);

  // Passes over lines up to the next one that looks like an instruction, after a heredoc without an end.
  void skip_to_instruction();

  // The end of the last line that was read, without its line break.
  std::uint32_t last_end() const { return last_end_; }

 private:
  struct Line {
    Range content;       // without '\n' and the '\r's before it
    std::uint32_t next;  // where the line after it begins
  };
  Line peek() const;
  void accept(const Line& line);
  void add_comment(const Line& line, std::uint32_t hash, bool document);
  void join_continuations(LogicalLine& line);
  bool is_ended_below(const Heredoc& heredoc);

  const Source& source_;
  std::string_view text_;
  std::uint32_t offset_;
  std::uint32_t last_end_;
  char escape_;
  std::vector<Comment>& comments_;
  std::vector<Diagnostic>& diagnostics_;
  std::vector<Comment> pending_;
  // Where each possible end of a heredoc stands for the last time: one map for `<<`, one for `<<-`. Filled
  // when the first heredoc without an end is met, so that many of them do not read the file many times.
  std::unordered_map<std::string_view, std::uint32_t> last_lines_[2];
};

}  // namespace mbuild::parser
