// A small HTTP/1.1 client (RFC 9112) for daemons behind a unix socket.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>

#include "builder/export/http_response.h"
#include "registry/base/stream.h"

namespace mbuild::builder {

// One connection a request. Waits have no deadline, since what a daemon does may take long, but end with
// `cancelled` within 100 ms of `cancel` (may be null) being set. A peer that is not there or goes away is
// `unavailable`; one that does not speak HTTP, or says more than 16 MiB, is `corrupt`. Not thread-safe.
class UnixHttp {
 public:
  explicit UnixHttp(std::string socket, const std::atomic<bool>* cancel = nullptr)
      : socket_(std::move(socket)), cancel_(cancel) {}

  Result<HttpResponse> get(const std::string& target);

  // Sends what `write_body` writes, chunk by chunk. When the peer answers before the end and closes, the
  // answer is given; so an error status must be looked at although nothing failed here.
  Result<HttpResponse> post(const std::string& target, const std::string& content_type,
                            const std::function<Result<void>(ByteSink&)>& write_body);

 private:
  std::string socket_;
  const std::atomic<bool>* cancel_;
};

}  // namespace mbuild::builder
