#include "parser/lines.h"

#include <algorithm>
#include <utility>

#include "parser/characters.h"
#include "parser/keywords.h"

namespace mbuild::parser {

namespace {

constexpr std::uint32_t longest_line = 65535;  // Go: bufio.MaxScanTokenSize - 1

// The length of `line` without the escape character that continues it and the blanks after that; npos when
// the line is not continued. An escape character before the escape character keeps both.
std::size_t continued_length(std::string_view line, char escape) {
  std::size_t last = line.find_last_not_of(" \t");
  if (last == std::string_view::npos || line[last] != escape) return std::string_view::npos;
  if (last > 0 && line[last - 1] == escape) return std::string_view::npos;
  return last;
}

std::string_view without_leading_tabs(std::string_view line) {
  return line.substr(std::min(line.find_first_not_of('\t'), line.size()));
}

bool looks_like_instruction(std::string_view line) {
  std::size_t length = 0;
  while (length < line.size() && !is_blank(line[length])) ++length;
  return is_instruction_keyword(line.substr(0, length));
}

}  // namespace

std::uint32_t LogicalLine::source_offset(std::uint32_t offset) const {
  auto after = std::upper_bound(pieces_.begin() + 1, pieces_.end(), offset,
                                [](std::uint32_t value, const Piece& piece) { return value < piece.begin; });
  const Piece& piece = *(after - 1);
  return piece.source + (offset - piece.begin);
}

Range LogicalLine::to_source(Span span) const {
  std::uint32_t begin = source_offset(span.begin);
  return {begin, span.empty() ? begin : source_offset(span.end - 1) + 1};
}

LineReader::LineReader(const Source& source, std::uint32_t offset, char escape,
                       std::vector<Comment>& comments, std::vector<Diagnostic>& diagnostics)
    : source_(source),
      text_(source.text()),
      offset_(offset),
      last_end_(offset),
      escape_(escape),
      comments_(comments),
      diagnostics_(diagnostics) {}

LineReader::Line LineReader::peek() const {
  std::size_t line_break = text_.find('\n', offset_);
  std::size_t end = std::min(line_break, text_.size());
  Line line{{offset_, static_cast<std::uint32_t>(end)}, static_cast<std::uint32_t>(end)};
  if (line_break != std::string_view::npos) ++line.next;
  while (line.content.end > line.content.begin && text_[line.content.end - 1] == '\r') --line.content.end;
  return line;
}

void LineReader::accept(const Line& line) {
  const std::uint32_t line_break = text_[line.next - 1] == '\n' ? 1 : 0;
  if (line.next - offset_ - line_break > longest_line) {
    diagnostics_.push_back(
        {Severity::error,
         "line-too-long",
         "dockerfile line greater than max allowed size of 65535: break it with a line continuation, "
         "or move its content to a file that is copied",
         line.content,
         {},
         {}});
  }
  offset_ = line.next;
  last_end_ = line.content.end;
}

void LineReader::add_comment(const Line& line, std::uint32_t hash, bool document) {
  Range range{hash, line.content.end};
  std::string_view text = text_.substr(hash + 1, range.end - hash - 1);
  comments_.push_back({std::string(text), range});
  if (!document) return;
  if (trim(text).empty())
    pending_.clear();
  else
    pending_.push_back(comments_.back());
}

bool LineReader::next(LogicalLine& line) {
  while (offset_ < text_.size()) {
    Line first = peek();
    accept(first);
    std::string_view content = source_.text(first.content);
    std::size_t indent = leading_spaces(content);
    content.remove_prefix(indent);
    if (content.empty()) continue;
    std::uint32_t begin = first.content.begin + static_cast<std::uint32_t>(indent);
    if (content[0] == '#') {
      add_comment(first, begin, true);
      continue;
    }
    line.pieces_.assign(1, {0, begin});
    line.range_ = {begin, first.content.end};
    line.blank_line_ = {};
    line.text_ = content;
    std::size_t length = continued_length(content, escape_);
    if (length != std::string_view::npos) {
      line.joined_.assign(content.substr(0, length));
      join_continuations(line);
      line.text_ = line.joined_;
    }
    return true;
  }
  return false;
}

void LineReader::join_continuations(LogicalLine& line) {
  bool continued = true;
  while (continued && offset_ < text_.size()) {
    Line next = peek();
    accept(next);
    std::string_view content = source_.text(next.content);
    std::size_t indent = leading_spaces(content);
    if (indent == content.size()) {
      if (line.blank_line_.empty()) line.blank_line_ = {next.content.begin, next.next};
      continue;
    }
    if (content[indent] == '#') {
      add_comment(next, next.content.begin + static_cast<std::uint32_t>(indent), false);
      continue;
    }
    std::size_t length = continued_length(content, escape_);
    continued = length != std::string_view::npos;
    line.pieces_.push_back({static_cast<std::uint32_t>(line.joined_.size()), next.content.begin});
    line.joined_ += content.substr(0, length);
    line.range_.end = next.content.end;
  }
}

std::vector<Comment> LineReader::take_comments() {
  return std::exchange(pending_, {});
}

bool LineReader::is_ended_below(const Heredoc& heredoc) {
  const auto& last_lines = last_lines_[heredoc.strip_tabs];
  if (last_lines.empty()) return true;  // not known yet
  auto found = last_lines.find(heredoc.name);
  return found != last_lines.end() && found->second >= offset_;
}

bool LineReader::read_body(Heredoc& heredoc) {
  if (!is_ended_below(heredoc)) return false;
  const std::uint32_t begin = offset_, last_end = last_end_;
  const std::size_t problems = diagnostics_.size();
  while (offset_ < text_.size()) {
    Line line = peek();
    accept(line);
    std::string_view content = source_.text(line.content);
    if (heredoc.strip_tabs) content = without_leading_tabs(content);
    if (content != heredoc.name) continue;
    heredoc.body_range = {begin, line.content.begin};
    heredoc.body = source_.text(heredoc.body_range);
    return true;
  }

  auto& last_lines = last_lines_[heredoc.strip_tabs];
  for (offset_ = begin; offset_ < text_.size();) {
    Line line = peek();
    std::string_view content = source_.text(line.content);
    last_lines[heredoc.strip_tabs ? without_leading_tabs(content) : content] = line.content.begin;
    offset_ = line.next;
  }
  last_lines.emplace("", begin);  // so that it is known even when nothing follows
  offset_ = begin;
  last_end_ = last_end;
  diagnostics_.resize(problems);
  return false;
}

void LineReader::skip_to_instruction() {
  while (offset_ < text_.size()) {
    Line line = peek();
    if (looks_like_instruction(source_.text(line.content))) return;
    accept(line);
  }
}

}  // namespace mbuild::parser
