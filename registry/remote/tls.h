// TLS on a connected socket (OpenSSL): trust, client certificates, SNI, and errors that say what to do.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "registry/base/stream.h"
#include "registry/remote/socket.h"

struct ssl_ctx_st;
struct ssl_st;

namespace mbuild::remote {

struct TlsConfig {
  bool verify = true;
  std::vector<std::string> ca_files;  // PEM, beside the system's roots (SSL_CERT_FILE, SSL_CERT_DIR)
  std::vector<std::pair<std::string, std::string>> client_certificates;  // PEM: certificate chain, key
};

// Immutable after creation: shared between threads.
class TlsContext {
 public:
  // `invalid_input` names the file that cannot be used.
  static Result<std::shared_ptr<const TlsContext>> create(const TlsConfig& config);
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;

 private:
  friend class TlsSession;
  TlsContext() = default;
  ssl_ctx_st* context_ = nullptr;
  bool verify_ = true;
};

// One TLS connection over a socket that outlives it. For one thread at a time.
class TlsSession {
 public:
  // Handshake. With verification, the certificate must be for `host` by its subject alternative names
  // (RFC 9110 4.3.4); failure is `invalid_input` with a hint.
  static Result<std::unique_ptr<TlsSession>> connect(std::shared_ptr<const TlsContext> context, int fd,
                                                     const std::string& host, Clock::time_point deadline,
                                                     const Cancellation& cancel);
  ~TlsSession();
  TlsSession(const TlsSession&) = delete;

  // As ByteSource::read and a write that may be partial; each waits until `deadline` at most.
  Result<std::size_t> read(std::span<std::byte> buffer, Clock::time_point deadline);
  Result<std::size_t> write(ByteView data, Clock::time_point deadline);
  void set_cancellation(Cancellation cancel) { cancel_ = std::move(cancel); }
  // Whether application data can be read without waiting.
  bool has_input();

 private:
  TlsSession(std::shared_ptr<const TlsContext> context, int fd, Cancellation cancel)
      : context_(std::move(context)), fd_(fd), cancel_(std::move(cancel)) {}
  Result<void> wait(int result, Clock::time_point deadline);
  Result<void> handshake(const std::string& host, Clock::time_point deadline);

  std::shared_ptr<const TlsContext> context_;
  int fd_;
  Cancellation cancel_;
  ssl_st* session_ = nullptr;
};

}  // namespace mbuild::remote
