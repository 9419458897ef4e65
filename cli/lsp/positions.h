// Positions: offsets of a text as the client counts them, and back.
#pragma once

#include <boost/json/fwd.hpp>

#include <cstdint>

#include "parser/source.h"

namespace mbuild::cli::lsp {

// How a column counts (LSP 3.17, "PositionEncodingKind").
enum class Encoding { utf16, utf8 };

// One text's positions as JSON. Walking forward through the text costs the text once, however long its lines.
class Positions {
 public:
  Positions(parser::Source source, Encoding encoding) : source_(std::move(source)), encoding_(encoding) {}

  parser::Position position(std::uint32_t offset) const;
  boost::json::value to_json(std::uint32_t offset) const;
  boost::json::value to_json(parser::Range range) const;
  boost::json::value edit_to_json(parser::Range range, std::string_view text) const;

  // What lies outside the text is its nearest place; a begin behind its end is swapped. Throws what
  // Boost.JSON throws for something else than a position.
  std::uint32_t offset(const boost::json::value& position) const;
  parser::Range range(const boost::json::value& range) const;

  const parser::Source& source() const { return source_; }

 private:
  parser::Source source_;
  Encoding encoding_;
  // The last place asked for, from which the next one is counted.
  mutable std::uint32_t last_offset_ = 0;
  mutable parser::Position last_;
};

}  // namespace mbuild::cli::lsp
