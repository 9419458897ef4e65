#include "registry/remote/connection.h"

#include <poll.h>
#include <sys/socket.h>

#include <system_error>

namespace mbuild::remote {

namespace {

std::unexpected<Error> socket_failed(int errnum) {
  return fail(ErrorKind::unavailable, std::generic_category().message(errnum));
}

}  // namespace

Result<std::unique_ptr<Connection>> Connection::open(const std::string& host, std::uint16_t port,
                                                     Clock::time_point deadline, const Cancellation& cancel) {
  Fd fd = MBUILD_TRY(connect_tcp(host, port, deadline, cancel));
  return std::unique_ptr<Connection>(new Connection(std::move(fd), cancel));
}

Result<void> Connection::start_tls(std::shared_ptr<const TlsContext> context, const std::string& host,
                                   Clock::time_point deadline) {
  tls_ = MBUILD_TRY(TlsSession::connect(std::move(context), fd_.get(), host, deadline, cancel_));
  return {};
}

Result<std::size_t> Connection::read(std::span<std::byte> buffer, Clock::time_point deadline) {
  if (cancel_.requested()) return fail(ErrorKind::cancelled, "cancelled");
  if (tls_) return tls_->read(buffer, deadline);
  for (;;) {
    ssize_t count = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
    if (count >= 0) return static_cast<std::size_t>(count);
    if (errno != EAGAIN && errno != EINTR) return socket_failed(errno);
    MBUILD_CHECK(wait_for(fd_.get(), POLLIN, deadline, cancel_));
  }
}

Result<std::size_t> Connection::write(ByteView data, Clock::time_point deadline) {
  if (cancel_.requested()) return fail(ErrorKind::cancelled, "cancelled");
  if (tls_) return tls_->write(data, deadline);
  for (;;) {
    ssize_t count = ::send(fd_.get(), data.data(), data.size(), MSG_NOSIGNAL);
    if (count >= 0) return static_cast<std::size_t>(count);
    if (errno != EAGAIN && errno != EINTR) return socket_failed(errno);
    MBUILD_CHECK(wait_for(fd_.get(), POLLOUT, deadline, cancel_));
  }
}

void Connection::set_cancellation(Cancellation cancel) {
  cancel_ = std::move(cancel);
  if (tls_) tls_->set_cancellation(cancel_);
}

bool Connection::has_input() {
  if (tls_) return tls_->has_input();
  std::byte byte;
  return ::recv(fd_.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0;
}

}  // namespace mbuild::remote
