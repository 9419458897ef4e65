// Messages between header lines and bodies (LSP 3.17, "Base Protocol").
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "registry/base/result.h"

namespace mbuild::cli::lsp {

// A body larger than this is refused: no editor sends one.
inline constexpr std::size_t max_message = 256 << 20;

// Reads from a descriptor, which it borrows.
class MessageReader {
 public:
  explicit MessageReader(int fd) : fd_(fd) {}

  // The next body; nullopt at the end of the stream. `invalid_input` for a header without a length that makes
  // sense: nothing can be read after it.
  Result<std::optional<std::string>> next();

 private:
  Result<bool> fill();

  int fd_;
  std::string buffer_;
};

// `body` with its header.
std::string frame(std::string_view body);

// The length that header lines give; nullopt when they give none.
std::optional<std::size_t> content_length(std::string_view header);

}  // namespace mbuild::cli::lsp
