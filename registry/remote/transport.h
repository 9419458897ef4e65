// Transport: one HTTP request and its response. The seam between the registry protocol and the network:
// redirects, authentication and retries are not its business.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "registry/base/stream.h"
#include "registry/remote/cancel.h"
#include "registry/remote/headers.h"
#include "registry/remote/url.h"

namespace mbuild::remote {

struct Response {
  int status = 0;
  Headers headers;
  std::string body;  // empty when a sink took it

  bool ok() const { return status >= 200 && status < 300; }
};

struct Request {
  std::string method = "GET";
  Url url;
  Headers headers;  // Host and Content-Length are added

  // The body: `source` when it is not null, giving exactly `source_size` bytes, else `body`.
  std::string body;
  ByteSource* source = nullptr;  // borrowed
  std::uint64_t source_size = 0;

  // Where the body of a 2xx response goes, asked once its head is known. Without it, the body is collected
  // in Response::body, and one above `max_body` is `corrupt`; that of other statuses is cut off there.
  // The sink is borrowed until send() returns.
  std::function<Result<ByteSink*>(const Response& head)> receive;
  std::uint64_t max_body = 4 << 20;

  CancelFlag cancel;  // of this request alone, beside the transport's; may be null

  // For work that a server does before it answers (storing a large blob); 0: the transport's own.
  std::chrono::milliseconds first_byte_timeout{0};
};

class Transport {
 public:
  virtual ~Transport() = default;

  // Blocks until the response is whole. Every status is a success here. A peer that fails, stalls or cuts
  // the connection is `unavailable`; one that does not speak HTTP, or TLS that cannot be trusted, is
  // `corrupt` or `invalid_input`; a failing source or sink is its own error. Thread-safe.
  virtual Result<Response> send(const Request& request) = 0;
};

}  // namespace mbuild::remote
