#include "cli/lsp/framing.h"

#include <unistd.h>

#include <cerrno>
#include <charconv>

#include "parser/characters.h"

namespace mbuild::cli::lsp {

namespace {

constexpr std::size_t kHeaderLimit = 64 << 10;

}  // namespace

Result<bool> MessageReader::fill() {
  char bytes[64 << 10];
  ssize_t count = 0;
  do count = ::read(fd_, bytes, sizeof bytes);
  while (count < 0 && errno == EINTR);
  if (count < 0) return fail_errno(errno, "read a message");
  buffer_.append(bytes, static_cast<std::size_t>(count));
  return count > 0;
}

Result<std::optional<std::string>> MessageReader::next() {
  std::size_t header_end = 0;
  while ((header_end = buffer_.find("\r\n\r\n")) == std::string::npos) {
    if (buffer_.size() > kHeaderLimit)
      return fail(ErrorKind::invalid_input, "a message's header is too long");
    if (!MBUILD_TRY(fill())) return std::optional<std::string>();
  }
  const std::optional<std::size_t> length = content_length(std::string_view(buffer_).substr(0, header_end));
  if (!length) return fail(ErrorKind::invalid_input, "a message has no Content-Length that makes sense");
  const std::size_t whole = header_end + 4 + *length;
  while (buffer_.size() < whole)
    if (!MBUILD_TRY(fill())) return std::optional<std::string>();
  std::string body = buffer_.substr(header_end + 4, *length);
  buffer_.erase(0, whole);
  return std::optional(std::move(body));
}

std::string frame(std::string_view body) {
  std::string message = "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
  message += body;
  return message;
}

std::optional<std::size_t> content_length(std::string_view header) {
  std::optional<std::size_t> length;
  while (!header.empty()) {
    const std::size_t end = std::min(header.find("\r\n"), header.size());
    const std::string_view line = header.substr(0, end);
    header.remove_prefix(std::min(end + 2, header.size()));
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    if (parser::to_lower(line.substr(0, colon)) != "content-length") continue;
    const std::string_view digits = parser::trim(line.substr(colon + 1));
    std::size_t value = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (read.ec != std::errc() || read.ptr != digits.data() + digits.size() || value > max_message)
      return std::nullopt;
    length = value;
  }
  return length;
}

}  // namespace mbuild::cli::lsp
