#include "builder/export/http_response.h"

#include <algorithm>
#include <cctype>
#include <charconv>

#include "registry/base/trim.h"

namespace mbuild::builder {

namespace {

constexpr std::size_t kMaxHead = 64 << 10;
constexpr std::size_t kMaxBody = 16 << 20;

std::unexpected<Error> malformed(const char* why) {
  return fail(ErrorKind::corrupt, std::string("the peer does not speak HTTP: ") + why);
}

std::optional<std::uint64_t> parse_number(std::string_view text, int base) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  return result;
}

// "HTTP/1.1 200 OK"
std::optional<int> parse_status(std::string_view line) {
  if (!line.starts_with("HTTP/1.") || line.size() < 12 || line[8] != ' ') return std::nullopt;
  if (line.size() > 12 && line[12] != ' ') return std::nullopt;
  const auto status = parse_number(line.substr(9, 3), 10);
  if (!status || *status < 100) return std::nullopt;
  return static_cast<int>(*status);
}

}  // namespace

Result<void> HttpResponseParser::feed(std::string_view bytes) {
  buffer_ += bytes;
  while (!complete()) {
    if (!MBUILD_TRY(step())) break;
  }
  return {};
}

Result<void> HttpResponseParser::end_of_stream() {
  if (state_ == State::body && !left_) state_ = State::complete;
  if (complete()) return {};
  return fail(ErrorKind::unavailable, "the peer closed the connection before its answer was complete");
}

Result<bool> HttpResponseParser::step() {
  switch (state_) {
    case State::head:
      return read_head();
    case State::body:
    case State::chunk:
      return read_body();
    case State::chunk_size:
      return read_chunk_size();
    case State::chunk_end:
      return read_chunk_end();
    case State::trailers:
      return read_trailers();
    case State::complete:
      return false;
  }
  return false;
}

Result<bool> HttpResponseParser::read_head() {
  const auto end = buffer_.find("\r\n\r\n");
  if (end == std::string::npos) {
    if (buffer_.size() > kMaxHead) return malformed("its head has no end");
    return false;
  }
  const std::string head = buffer_.substr(0, end + 2);
  buffer_.erase(0, end + 4);
  MBUILD_CHECK(interpret(head));
  return true;
}

Result<void> HttpResponseParser::interpret(std::string_view head) {
  auto end = head.find("\r\n");
  const auto status = parse_status(head.substr(0, end));
  if (!status) return malformed("no status line");
  if (*status < 200) return {};  // the real one follows
  response_.status = *status;

  bool chunked = false;
  for (head.remove_prefix(end + 2); !head.empty(); head.remove_prefix(end + 2)) {
    end = head.find("\r\n");
    const std::string_view line = head.substr(0, end);
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0) return malformed("a header without a name");
    const std::string name = lower(line.substr(0, colon));
    const std::string_view value = trim(line.substr(colon + 1));
    if (name == "transfer-encoding") {
      if (lower(value) != "chunked") return malformed("an unknown transfer encoding");
      chunked = true;
    } else if (name == "content-length") {
      left_ = parse_number(value, 10);
      if (!left_) return malformed("a bad Content-Length");
    }
  }
  if (*status == 204 || *status == 304) left_ = 0;
  state_ = chunked ? State::chunk_size : State::body;
  if (!chunked && left_ == 0) state_ = State::complete;
  return {};
}

Result<void> HttpResponseParser::append(std::size_t size) {
  if (response_.body.size() + size > kMaxBody) return fail(ErrorKind::corrupt, "the answer is too long");
  response_.body.append(buffer_, 0, size);
  buffer_.erase(0, size);
  return {};
}

Result<bool> HttpResponseParser::read_body() {
  const std::size_t size =
      left_ ? static_cast<std::size_t>(std::min<std::uint64_t>(*left_, buffer_.size())) : buffer_.size();
  if (size == 0) return false;
  MBUILD_CHECK(append(size));
  if (!left_) return true;
  *left_ -= size;
  if (*left_ == 0) state_ = state_ == State::chunk ? State::chunk_end : State::complete;
  return true;
}

std::optional<std::string> HttpResponseParser::take_line() {
  const auto end = buffer_.find("\r\n");
  if (end == std::string::npos) return std::nullopt;
  std::string line = buffer_.substr(0, end);
  buffer_.erase(0, end + 2);
  return line;
}

Result<bool> HttpResponseParser::read_chunk_size() {
  const auto line = take_line();
  if (!line) {
    if (buffer_.size() > kMaxHead) return malformed("a chunk without a size");
    return false;
  }
  left_ = parse_number(trim(std::string_view(*line).substr(0, line->find(';'))), 16);
  if (!left_) return malformed("a bad chunk size");
  state_ = *left_ == 0 ? State::trailers : State::chunk;
  return true;
}

Result<bool> HttpResponseParser::read_chunk_end() {
  if (buffer_.size() < 2) return false;
  if (!buffer_.starts_with("\r\n")) return malformed("a chunk of another length than it says");
  buffer_.erase(0, 2);
  state_ = State::chunk_size;
  return true;
}

Result<bool> HttpResponseParser::read_trailers() {
  const auto line = take_line();
  if (!line) {
    if (buffer_.size() > kMaxHead) return malformed("trailers without an end");
    return false;
  }
  if (line->empty()) state_ = State::complete;
  return true;
}

}  // namespace mbuild::builder
