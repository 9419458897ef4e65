#include "builder/export/unix_http.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "registry/base/fd.h"

namespace mbuild::builder {

namespace {

// A connected, non-blocking socket.
class Connection {
 public:
  static Result<Connection> open(const std::string& path, const std::atomic<bool>* cancel) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) return fail(ErrorKind::invalid_input, "the path is too long");
    std::memcpy(address.sun_path, path.data(), path.size());
    Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!fd) return fail_errno(errno, "socket");
    // Blocking: on a unix socket this takes no time unless the peer's backlog is full.
    if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      return fail(ErrorKind::unavailable, std::string("connect: ") + std::strerror(errno));
    }
    return Connection(std::move(fd), cancel);
  }

  // False when the peer has closed its end.
  Result<bool> send(std::string_view data) {
    while (!data.empty()) {
      const ssize_t size = ::send(fd_.get(), data.data(), data.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (size >= 0) {
        data.remove_prefix(static_cast<std::size_t>(size));
      } else if (errno == EAGAIN) {
        MBUILD_CHECK(wait(POLLOUT));
      } else if (errno == EPIPE || errno == ECONNRESET) {
        return false;
      } else if (errno != EINTR) {
        return fail(ErrorKind::unavailable, std::string("send: ") + std::strerror(errno));
      }
    }
    return true;
  }

  // 0 bytes at the end of the stream.
  Result<std::size_t> receive(std::span<char> buffer) {
    for (;;) {
      const ssize_t size = ::recv(fd_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
      if (size >= 0) return static_cast<std::size_t>(size);
      if (errno == EAGAIN) {
        MBUILD_CHECK(wait(POLLIN));
      } else if (errno != EINTR) {
        return fail(ErrorKind::unavailable, std::string("receive: ") + std::strerror(errno));
      }
    }
  }

  Result<HttpResponse> read_response() {
    HttpResponseParser parser;
    std::array<char, 16 << 10> buffer;
    while (!parser.complete()) {
      const std::size_t size = MBUILD_TRY(receive(buffer));
      if (size == 0) {
        MBUILD_CHECK(parser.end_of_stream());
        break;
      }
      MBUILD_CHECK(parser.feed({buffer.data(), size}));
    }
    return parser.take();
  }

 private:
  Connection(Fd fd, const std::atomic<bool>* cancel) : fd_(std::move(fd)), cancel_(cancel) {}

  Result<void> wait(short events) const {
    constexpr int between_looks = 50;  // milliseconds
    for (;;) {
      if (cancel_ != nullptr && cancel_->load()) return fail(ErrorKind::cancelled, "cancelled");
      pollfd waiting{fd_.get(), events, 0};
      const int ready = ::poll(&waiting, 1, between_looks);
      if (ready > 0) return {};
      if (ready < 0 && errno != EINTR) return fail_errno(errno, "poll");
    }
  }

  Fd fd_;
  const std::atomic<bool>* cancel_;
};

// Cuts what is written into chunks (RFC 9112 7.1).
class ChunkedBody : public ByteSink {
 public:
  explicit ChunkedBody(Connection& connection) : connection_(connection) { buffer_.reserve(kChunk); }

  Result<void> write(ByteView data) override {
    if (refused_) return fail(ErrorKind::unavailable, "the peer closed the connection");
    if (buffer_.size() + data.size() >= kChunk) {
      MBUILD_CHECK(send_chunk(buffer_));
      buffer_.clear();
      if (data.size() >= kChunk) return send_chunk(text_of(data));
    }
    buffer_ += text_of(data);
    return {};
  }
  Result<void> finish() {
    MBUILD_CHECK(send_chunk(buffer_));
    // A peer that has closed by now has answered: its answer tells.
    (void)MBUILD_TRY(connection_.send("0\r\n\r\n"));
    return {};
  }
  bool refused() const { return refused_; }

 private:
  static constexpr std::size_t kChunk = 128 << 10;

  Result<void> send_chunk(std::string_view data) {
    if (data.empty()) return {};
    const bool sent = MBUILD_TRY(connection_.send(fmt::format("{:x}\r\n", data.size()))) &&
                      MBUILD_TRY(connection_.send(data)) && MBUILD_TRY(connection_.send("\r\n"));
    if (sent) return {};
    refused_ = true;
    return fail(ErrorKind::unavailable, "the peer closed the connection");
  }

  Connection& connection_;
  std::string buffer_;
  bool refused_ = false;
};

std::string request_head(const char* method, const std::string& target, const std::string& more) {
  return fmt::format("{} {} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: mbuild\r\nConnection: close\r\n{}\r\n",
                     method, target, more);
}

}  // namespace

Result<HttpResponse> UnixHttp::get(const std::string& target) {
  const std::string action = "GET " + target + " on " + socket_;
  Connection connection = MBUILD_TRY_AS(action, Connection::open(socket_, cancel_));
  (void)MBUILD_TRY_AS(action, connection.send(request_head("GET", target, "")));
  return MBUILD_TRY_AS(action, connection.read_response());
}

Result<HttpResponse> UnixHttp::post(const std::string& target, const std::string& content_type,
                                    const std::function<Result<void>(ByteSink&)>& write_body) {
  const std::string action = "POST " + target + " on " + socket_;
  Connection connection = MBUILD_TRY_AS(action, Connection::open(socket_, cancel_));
  const std::string head =
      request_head("POST", target, "Content-Type: " + content_type + "\r\nTransfer-Encoding: chunked\r\n");
  (void)MBUILD_TRY_AS(action, connection.send(head));
  ChunkedBody body(connection);
  Result<void> written = write_body(body);
  if (written) written = body.finish();
  if (!written && !body.refused()) return std::unexpected(std::move(written).error().context(action));
  return MBUILD_TRY_AS(action, connection.read_response());
}

}  // namespace mbuild::builder
