// httplib speaks HTTP/1.1 here: it writes requests and parses heads, lengths and chunks. Sockets, TLS, time
// limits and cancelling are ours, put in through the virtual functions of its client, because its own
// - percent-decode header values, which destroys signed and stateful URLs in Location: PeerStream escapes
//   each "%" of a head once more,
// - take a certificate's common name, and partial wildcards, for a host's name,
// - cannot be interrupted, and do not say why they failed.
#include "registry/remote/http_transport.h"

#include <fmt/format.h>
#include <httplib.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <vector>

#include "registry/remote/connection.h"
#include "registry/remote/peer_stream.h"

namespace mbuild::remote {

namespace {

constexpr std::size_t kBuffer = 256 << 10;
constexpr std::uint64_t kMaxErrorBody = 64 << 10;
constexpr std::size_t kMaxIdle = 16;
constexpr std::chrono::seconds kMaxIdleTime{30};

class StreamAdapter final : public httplib::Stream {
 public:
  explicit StreamAdapter(PeerStream& peer, int fd) : peer_(peer), fd_(fd) {}
  ssize_t read(char* data, std::size_t size) override { return peer_.read(data, size); }
  ssize_t write(const char* data, std::size_t size) override { return peer_.write(data, size); }
  bool is_readable() const override { return true; }
  bool is_writable() const override { return true; }
  void get_remote_ip_and_port(std::string&, int&) const override {}
  void get_local_ip_and_port(std::string&, int&) const override {}
  socket_t socket() const override { return fd_; }

 private:
  PeerStream& peer_;
  int fd_;
};

// RFC 9112 6.3: lengths that contradict each other, or are no numbers, frame nothing that can be trusted.
Result<void> check_framing(const Headers& headers) {
  std::optional<std::string_view> first = headers.get("Content-Length");
  for (std::string_view length : headers.all("Content-Length")) {
    bool number =
        !length.empty() && length.size() < 19 && length.find_first_not_of("0123456789") == length.npos;
    if (!number || length != *first)
      return fail(ErrorKind::corrupt, fmt::format("the answer's Content-Length \"{}\" is invalid", length));
  }
  for (std::string_view coding : headers.all("Transfer-Encoding"))
    if (!equal_ignoring_case(coding, "chunked"))
      return fail(ErrorKind::corrupt,
                  fmt::format("the answer's Transfer-Encoding \"{}\" is unknown", coding));
  return {};
}

// What all connections of a transport share.
struct Shared {
  HttpTransportOptions options;
  RateLimit rate;
};

// One connection to one origin, reused for one request after another.
class HttpConnection final : public httplib::ClientImpl {
 public:
  HttpConnection(Shared& shared, const Url& url, std::optional<Proxy> proxy,
                 std::shared_ptr<const TlsContext> tls)
      : ClientImpl(url.host, url.port),
        shared_(shared),
        origin_(url),
        proxy_(std::move(proxy)),
        tls_(std::move(tls)),
        buffer_(kBuffer) {
    set_keep_alive(true);
    set_decompress(false);
    set_url_encode(false);
  }
  ~HttpConnection() override { drop(socket_); }

  Result<Response> exchange(const Request& request);

  bool reusable() const { return connection_ != nullptr; }
  // Whether the last exchange failed the way it does on a connection that the server had closed meanwhile.
  bool was_stale() const { return stale_; }

  Clock::time_point idle_since{};

 private:
  bool create_and_connect_socket(Socket& socket, httplib::Error& error) override;
  void shutdown_ssl(Socket& socket, bool) override { drop(socket); }
  bool process_socket(const Socket& socket, std::function<bool(httplib::Stream&)> callback) override;

  Result<void> connect();
  Result<void> open_tunnel(Clock::time_point deadline);
  httplib::Request make_message(const Request& request);
  bool begin_body(const Request& request, const httplib::Response& head);
  bool take_body(const Request& request, const char* data, std::size_t size);
  bool send_source(const Request& request, std::size_t left, httplib::DataSink& out);
  bool give_up(Error error) {
    failure_ = std::move(error);
    return false;
  }
  // The descriptor belongs to connection_, not to httplib.
  void drop(Socket& socket) {
    connection_.reset();
    socket.sock = INVALID_SOCKET;
  }

  Shared& shared_;
  Url origin_;
  std::optional<Proxy> proxy_;
  std::shared_ptr<const TlsContext> tls_;
  std::unique_ptr<Connection> connection_;
  std::vector<std::byte> buffer_;
  std::vector<std::byte> upload_buffer_;

  // Of the exchange under way.
  PeerStream* peer_ = nullptr;
  std::chrono::milliseconds first_byte_{0};
  Cancellation cancel_;
  Response response_;
  ByteSink* sink_ = nullptr;
  bool chunked_ = false;
  bool cut_off_ = false;  // the rest of an error's body is not worth reading
  bool fresh_ = false;
  bool stale_ = false;
  std::optional<Error> failure_;
};

bool HttpConnection::create_and_connect_socket(Socket& socket, httplib::Error& error) {
  fresh_ = true;
  if (auto connected = connect(); !connected) {
    drop(socket);
    error = httplib::Error::Connection;
    return give_up(std::move(connected).error());
  }
  socket.sock = connection_->fd();
  return true;
}

Result<void> HttpConnection::connect() {
  auto deadline = Clock::now() + shared_.options.timeouts.connect;
  const std::string& host = proxy_ ? proxy_->host : origin_.host;
  connection_ = MBUILD_TRY(Connection::open(host, proxy_ ? proxy_->port : origin_.port, deadline, cancel_));
  if (!tls_) return {};
  if (proxy_) MBUILD_CHECK_AS("proxy " + host, open_tunnel(deadline));
  return connection_->start_tls(tls_, origin_.host, deadline);
}

// RFC 9110 9.3.6. Read byte by byte, since what follows the head belongs to TLS.
Result<void> HttpConnection::open_tunnel(Clock::time_point deadline) {
  std::string request = fmt::format("CONNECT {0} HTTP/1.1\r\nHost: {0}\r\n", origin_.host_port());
  if (!proxy_->authorization.empty()) request += "Proxy-Authorization: " + proxy_->authorization + "\r\n";
  request += "\r\n";
  ByteView left = std::as_bytes(std::span(request));
  while (!left.empty()) left = left.subspan(MBUILD_TRY(connection_->write(left, deadline)));
  std::string head;
  while (!head.ends_with("\r\n\r\n")) {
    char byte;
    std::size_t count = MBUILD_TRY(connection_->read(std::as_writable_bytes(std::span(&byte, 1)), deadline));
    if (count == 0 || head.size() >= 16384) return fail(ErrorKind::unavailable, "no answer to CONNECT");
    head += byte;
  }
  std::string_view status = std::string_view(head).substr(0, head.find('\r'));
  if (!status.starts_with("HTTP/1.") || status.substr(8, 2) != " 2")
    return fail(ErrorKind::unavailable, fmt::format("CONNECT was refused: {}", status.substr(0, 80)));
  return {};
}

bool HttpConnection::process_socket(const Socket&, std::function<bool(httplib::Stream&)> callback) {
  connection_->set_cancellation(cancel_);
  PeerStream peer(*connection_, buffer_, shared_.options.timeouts, first_byte_, shared_.rate);
  StreamAdapter stream(peer, connection_->fd());
  peer_ = &peer;
  bool ok = callback(stream);
  peer_ = nullptr;
  stale_ = !fresh_ && !peer.heard_something();
  if (!failure_) failure_ = peer.take_failure();
  if (ok && !failure_ && chunked_ && !peer.ended_with_empty_line())
    failure_ = Error(ErrorKind::corrupt, "the answer's chunks are damaged");
  // Bytes beyond the answer, or an answer to half a request, leave nothing to build on.
  if (!peer.drained() || peer.gave_up_sending()) socket_should_be_closed_when_request_is_done_ = true;
  return ok;
}

bool HttpConnection::begin_body(const Request& request, const httplib::Response& head) {
  response_.status = head.status;
  for (const auto& [name, value] : head.headers) response_.headers.add(name, value);
  if (auto framed = check_framing(response_.headers); !framed) return give_up(std::move(framed).error());
  chunked_ = response_.headers.contains("Transfer-Encoding");
  peer_->enter_body(!chunked_ && !response_.headers.contains("Content-Length"));
  if (!response_.ok() || !request.receive) return true;
  auto sink = request.receive(response_);
  if (!sink) return give_up(std::move(sink).error());
  sink_ = *sink;
  return true;
}

bool HttpConnection::take_body(const Request& request, const char* data, std::size_t size) {
  if (sink_) {
    auto written = sink_->write(std::as_bytes(std::span(data, size)));
    return written ? true : give_up(std::move(written).error());
  }
  std::uint64_t limit = response_.ok() ? request.max_body : std::min(request.max_body, kMaxErrorBody);
  if (response_.body.size() + size <= limit) {
    response_.body.append(data, size);
    return true;
  }
  if (response_.ok())
    return give_up(Error(ErrorKind::corrupt, fmt::format("the answer has more than {} bytes", limit)));
  cut_off_ = true;
  return false;
}

bool HttpConnection::send_source(const Request& request, std::size_t left, httplib::DataSink& out) {
  upload_buffer_.resize(kBuffer);
  std::size_t count = left;
  if (!peer_->answered_early()) {
    auto read = request.source->read(std::span(upload_buffer_).first(std::min(left, kBuffer)));
    if (!read) return give_up(std::move(read).error());
    if (*read == 0)
      return give_up(Error(ErrorKind::corrupt, fmt::format("the content ends {} bytes early", left)));
    count = *read;
  }
  // PeerStream drops data after an early answer without looking at it, so that the rest is passed over at
  // once.
  return out.write(reinterpret_cast<const char*>(upload_buffer_.data()), count);
}

httplib::Request HttpConnection::make_message(const Request& request) {
  httplib::Request message;
  message.method = request.method;
  message.path = request.url.target;
  for (const auto& [name, value] : request.headers) message.headers.emplace(name, value);
  message.headers.emplace("Host", request.url.authority());
  if (!request.headers.contains("User-Agent"))
    message.headers.emplace("User-Agent", shared_.options.user_agent);
  if (proxy_ && !tls_) {
    message.path = request.url.str();
    if (!proxy_->authorization.empty()) message.headers.emplace("Proxy-Authorization", proxy_->authorization);
  }
  message.body = request.body;
  if (request.source) {
    message.content_length_ = request.source_size;
    message.content_provider_ = [&](std::size_t, std::size_t left, httplib::DataSink& out) {
      return send_source(request, left, out);
    };
  }
  message.response_handler = [&](const httplib::Response& head) { return begin_body(request, head); };
  message.content_receiver = [&](const char* data, std::size_t size, std::uint64_t, std::uint64_t) {
    return take_body(request, data, size);
  };
  return message;
}

Result<Response> HttpConnection::exchange(const Request& request) {
  response_ = {};
  failure_.reset();
  sink_ = nullptr;
  chunked_ = cut_off_ = fresh_ = stale_ = false;
  first_byte_ = request.first_byte_timeout.count() > 0 ? request.first_byte_timeout
                                                       : shared_.options.timeouts.first_byte;
  cancel_ = Cancellation(shared_.options.cancel, request.cancel);
  httplib::Request message = make_message(request);
  httplib::Response reply;
  httplib::Error error = httplib::Error::Success;
  bool ok = send(message, reply, error) || cut_off_;
  if (failure_) return std::unexpected(*std::exchange(failure_, std::nullopt));
  if (!ok) return fail(ErrorKind::corrupt, "the answer is not valid HTTP");
  if (response_.status == 0) {  // no body, so that begin_body() was not asked
    response_.status = reply.status;
    for (const auto& [name, value] : reply.headers) response_.headers.add(name, value);
  }
  return std::move(response_);
}

class HttpTransport final : public Transport {
 public:
  explicit HttpTransport(HttpTransportOptions options)
      : shared_{options, RateLimit(options.bytes_per_second, options.cancel)} {}

  Result<Response> send(const Request& request) override;

 private:
  Result<Response> send_once(const Request& request, bool& stale);
  Result<std::unique_ptr<HttpConnection>> take(const Url& url);
  void give_back(const std::string& origin, std::unique_ptr<HttpConnection> connection);
  Result<std::shared_ptr<const TlsContext>> tls_for(const Url& url);

  Shared shared_;
  std::mutex mutex_;
  std::map<std::string, std::vector<std::unique_ptr<HttpConnection>>> idle_;
  std::map<std::string, std::shared_ptr<const TlsContext>> tls_contexts_;
};

Result<void> check_headers(const Headers& headers) {
  for (const auto& [name, value] : headers)
    if ((name + value).find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos)
      return fail(ErrorKind::invalid_input, fmt::format("the value for header {} has a line break", name));
  return {};
}

Result<Response> HttpTransport::send(const Request& request) {
  std::string action = fmt::format("{} {}", request.method, request.url.display());
  MBUILD_CHECK_AS(action, check_headers(request.headers));
  bool stale = false;
  auto response = send_once(request, stale);
  if (!response && stale && !request.source) response = send_once(request, stale);
  if (!response) return std::unexpected(std::move(response).error().context(action));
  return response;
}

Result<Response> HttpTransport::send_once(const Request& request, bool& stale) {
  auto connection = MBUILD_TRY(take(request.url));
  auto response = connection->exchange(request);
  stale = connection->was_stale();
  if (response && connection->reusable()) give_back(request.url.origin(), std::move(connection));
  return response;
}

Result<std::unique_ptr<HttpConnection>> HttpTransport::take(const Url& url) {
  {
    std::lock_guard lock(mutex_);
    auto& idle = idle_[url.origin()];
    auto old = [now = Clock::now()](const auto& connection) {
      return now - connection->idle_since > kMaxIdleTime;
    };
    std::erase_if(idle, old);
    if (!idle.empty()) {
      auto connection = std::move(idle.back());
      idle.pop_back();
      return connection;
    }
  }
  std::shared_ptr<const TlsContext> tls;
  if (url.tls()) tls = MBUILD_TRY(tls_for(url));
  return std::make_unique<HttpConnection>(shared_, url, shared_.options.proxies.proxy_for(url),
                                          std::move(tls));
}

void HttpTransport::give_back(const std::string& origin, std::unique_ptr<HttpConnection> connection) {
  connection->idle_since = Clock::now();
  std::lock_guard lock(mutex_);
  auto& idle = idle_[origin];
  if (idle.size() < kMaxIdle) idle.push_back(std::move(connection));
}

Result<std::shared_ptr<const TlsContext>> HttpTransport::tls_for(const Url& url) {
  std::lock_guard lock(mutex_);
  auto& context = tls_contexts_[url.host_port()];
  if (!context) {
    TlsConfig config;
    if (shared_.options.tls) config = MBUILD_TRY(shared_.options.tls(url));
    context = MBUILD_TRY(TlsContext::create(config));
  }
  return context;
}

}  // namespace

std::unique_ptr<Transport> make_http_transport(HttpTransportOptions options) {
  return std::make_unique<HttpTransport>(std::move(options));
}

}  // namespace mbuild::remote
