// HttpResponseParser: an HTTP/1.1 response out of the bytes of a connection (RFC 9112).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "registry/base/result.h"

namespace mbuild::builder {

struct HttpResponse {
  int status = 0;
  std::string body;
};

// Takes the bytes in pieces of any size. What is not a well-formed response is `corrupt`, as are heads above
// 64 KiB and bodies above 16 MiB. Interim (1xx) responses are skipped.
class HttpResponseParser {
 public:
  Result<void> feed(std::string_view bytes);
  // The peer has closed: the end of a body that has no length of its own, an `unavailable` error elsewhere.
  Result<void> end_of_stream();
  bool complete() const { return state_ == State::complete; }
  HttpResponse take() { return std::move(response_); }

 private:
  enum class State { head, body, chunk_size, chunk, chunk_end, trailers, complete };

  // Each handles what is buffered and says whether it got any further.
  Result<bool> step();
  Result<bool> read_head();
  Result<bool> read_body();
  Result<bool> read_chunk_size();
  Result<bool> read_chunk_end();
  Result<bool> read_trailers();
  Result<void> interpret(std::string_view head);
  Result<void> append(std::size_t size);
  std::optional<std::string> take_line();

  State state_ = State::head;
  std::string buffer_;
  std::optional<std::uint64_t> left_;  // of the body or chunk; none: until the end of the stream
  HttpResponse response_;
};

}  // namespace mbuild::builder
