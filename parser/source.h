// Source: the text of one Dockerfile, and positions in it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#pragma GCC visibility push(default)

namespace mbuild::parser {

// A half-open range of byte offsets into a Source. Offsets stay valid for as long as the text is unchanged.
struct Range {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;

  bool empty() const { return begin == end; }
  std::uint32_t size() const { return end - begin; }
  bool contains(std::uint32_t offset) const { return begin <= offset && offset < end; }
  bool contains(Range other) const { return begin <= other.begin && other.end <= end; }
  friend bool operator==(Range, Range) = default;
};

// A place as editors count it: both 0-based, the column in UTF-16 code units (LSP 3.17, "position").
struct Position {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  friend bool operator==(Position, Position) = default;
};

// Immutable; copies share the text, so that ASTs and diagnostics may keep one. Safe to read from any thread.
class Source {
 public:
  // `name` is what messages call the file ("Dockerfile"). Texts of 4 GiB and more are cut by the caller.
  Source(std::string name, std::string text);

  const std::string& name() const { return data_->name; }
  std::string_view text() const { return data_->text; }
  std::string_view text(Range range) const { return text().substr(range.begin, range.size()); }

  // The 1-based line that holds the byte at `offset` (an offset past the end counts as on the last line).
  unsigned line_of(std::uint32_t offset) const;
  unsigned line_count() const { return static_cast<unsigned>(data_->line_starts.size()); }
  // The bytes of a 1-based line, without its line end.
  Range line_range(unsigned line) const;

  Position position(std::uint32_t offset) const;
  // The inverse of position(); a column past the line's end gives the line's end.
  std::uint32_t offset(Position position) const;

 private:
  struct Data {
    std::string name;
    std::string text;
    std::vector<std::uint32_t> line_starts;
  };
  std::shared_ptr<const Data> data_;
};

}  // namespace mbuild::parser

#pragma GCC visibility pop
