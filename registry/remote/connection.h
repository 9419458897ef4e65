// Connection: bytes to and from one peer, plain or in TLS, with time limits.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "registry/base/fd.h"
#include "registry/base/stream.h"
#include "registry/remote/socket.h"
#include "registry/remote/tls.h"

namespace mbuild::remote {

// For one thread at a time. After a failed call it is of no more use.
class Connection {
 public:
  static Result<std::unique_ptr<Connection>> open(const std::string& host, std::uint16_t port,
                                                  Clock::time_point deadline, const Cancellation& cancel);

  // Everything after this goes through TLS.
  Result<void> start_tls(std::shared_ptr<const TlsContext> context, const std::string& host,
                         Clock::time_point deadline);

  // As ByteSource::read, waiting until `deadline` at most.
  Result<std::size_t> read(std::span<std::byte> buffer, Clock::time_point deadline);
  // Sends a prefix of `data`, at least one byte, and gives its size.
  Result<std::size_t> write(ByteView data, Clock::time_point deadline);

  // From now on. A Connection outlives the request that it was opened for.
  void set_cancellation(Cancellation cancel);

  // Whether the peer has said something, or closed the connection.
  bool has_input();
  int fd() const { return fd_.get(); }

 private:
  Connection(Fd fd, Cancellation cancel) : fd_(std::move(fd)), cancel_(std::move(cancel)) {}
  Fd fd_;
  Cancellation cancel_;
  std::unique_ptr<TlsSession> tls_;
};

}  // namespace mbuild::remote
