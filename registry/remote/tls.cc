#include "registry/remote/tls.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>

#include <system_error>

namespace mbuild::remote {

namespace {

// OpenSSL's socket BIO writes with write(2), which raises SIGPIPE; a library must not change what the
// program does with signals, so this one sends with MSG_NOSIGNAL.
int bio_send(BIO* bio, const char* data, int size) {
  BIO_clear_retry_flags(bio);
  int fd = static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio)));
  ssize_t count = ::send(fd, data, static_cast<std::size_t>(size), MSG_NOSIGNAL);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_write(bio);
  return static_cast<int>(count);
}

int bio_receive(BIO* bio, char* data, int size) {
  BIO_clear_retry_flags(bio);
  int fd = static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio)));
  ssize_t count = ::recv(fd, data, static_cast<std::size_t>(size), 0);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_read(bio);
  return static_cast<int>(count);
}

long bio_control(BIO*, int command, long, void*) {
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

const BIO_METHOD* socket_method() {
  static const BIO_METHOD* method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket without SIGPIPE");
    BIO_meth_set_write(made, bio_send);
    BIO_meth_set_read(made, bio_receive);
    BIO_meth_set_ctrl(made, bio_control);
    return made;
  }();
  return method;
}

// The reason of the oldest entry in OpenSSL's queue, which is emptied.
std::string library_error() {
  unsigned long code = ERR_get_error();
  ERR_clear_error();
  const char* reason = ERR_reason_error_string(code);
  return reason ? reason : code ? fmt::format("error {:x}", code) : "connection closed";
}

bool is_address(const std::string& host) {
  in6_addr address;
  return inet_pton(AF_INET, host.c_str(), &address) == 1 || inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

Error verification_error(long result, const std::string& host) {
  Error error(ErrorKind::invalid_input, fmt::format("TLS certificate of {} is not trusted: {}", host,
                                                    X509_verify_cert_error_string(result)));
  switch (result) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return std::move(error).with_hint(
          "the server's certificate must be renewed (or this machine's clock is wrong)");
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return std::move(error).with_hint("check this machine's clock");
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return std::move(error).with_hint("use the name that the certificate is for, or issue one for " + host);
    default:
      return std::move(error).with_hint(fmt::format(
          "put the CA's certificate (PEM) into /etc/docker/certs.d/<host[:port] of the registry>/ca.crt, "
          "or pass --insecure <host[:port]> to trust any certificate"));
  }
}

Result<void> use_client_certificate(SSL_CTX* context, const std::string& certificate,
                                    const std::string& key) {
  if (SSL_CTX_use_certificate_chain_file(context, certificate.c_str()) != 1)
    return fail(ErrorKind::invalid_input,
                fmt::format("client certificate {}: {}", certificate, library_error()));
  if (SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(context) != 1)
    return fail(ErrorKind::invalid_input, fmt::format("client key {}: {}", key, library_error()));
  return {};
}

}  // namespace

Result<std::shared_ptr<const TlsContext>> TlsContext::create(const TlsConfig& config) {
  ERR_clear_error();
  std::shared_ptr<TlsContext> made(new TlsContext);
  made->verify_ = config.verify;
  SSL_CTX* context = made->context_ = SSL_CTX_new(TLS_client_method());
  if (!context) return fail(ErrorKind::internal, "TLS: " + library_error());
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_verify(context, config.verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  if (config.verify) SSL_CTX_set_default_verify_paths(context);
  for (const std::string& file : config.ca_files)
    if (config.verify && SSL_CTX_load_verify_file(context, file.c_str()) != 1)
      return fail(ErrorKind::invalid_input, fmt::format("CA certificate {}: {}", file, library_error()));
  for (const auto& [certificate, key] : config.client_certificates)
    MBUILD_CHECK(use_client_certificate(context, certificate, key));
  return made;
}

TlsContext::~TlsContext() {
  SSL_CTX_free(context_);
}

Result<std::unique_ptr<TlsSession>> TlsSession::connect(std::shared_ptr<const TlsContext> context, int fd,
                                                        const std::string& host, Clock::time_point deadline,
                                                        const Cancellation& cancel) {
  std::unique_ptr<TlsSession> session(new TlsSession(std::move(context), fd, cancel));
  MBUILD_CHECK(session->handshake(host, deadline));
  return session;
}

TlsSession::~TlsSession() {
  if (!session_) return;
  ERR_clear_error();
  if (SSL_is_init_finished(session_)) SSL_shutdown(session_);  // says goodbye, does not wait for the answer
  SSL_free(session_);
  ERR_clear_error();
}

Result<void> TlsSession::handshake(const std::string& host, Clock::time_point deadline) {
  ERR_clear_error();
  session_ = SSL_new(context_->context_);
  BIO* bio = BIO_new(socket_method());
  if (!session_ || !bio) return fail(ErrorKind::internal, "TLS: " + library_error());
  BIO_set_data(bio, reinterpret_cast<void*>(static_cast<std::intptr_t>(fd_)));
  BIO_set_init(bio, 1);
  SSL_set_bio(session_, bio, bio);
  static constexpr unsigned char kProtocols[] = "\x08http/1.1";
  SSL_set_alpn_protos(session_, kProtocols, sizeof kProtocols - 1);
  if (is_address(host)) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session_), host.c_str());
  } else {
    SSL_set_tlsext_host_name(session_, host.c_str());  // RFC 6066 3: never a literal address
    SSL_set_hostflags(session_, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    SSL_set1_host(session_, host.c_str());
  }
  for (;;) {
    int result = SSL_connect(session_);
    if (result == 1) return {};
    long verified = SSL_get_verify_result(session_);
    if (context_->verify_ && verified != X509_V_OK)
      return std::unexpected(verification_error(verified, host));
    MBUILD_CHECK_AS("TLS handshake with " + host, wait(result, deadline));
  }
}

// Deals with a call that could not go on: waits for the socket, or gives the error.
Result<void> TlsSession::wait(int result, Clock::time_point deadline) {
  int errnum = errno;
  switch (SSL_get_error(session_, result)) {
    case SSL_ERROR_WANT_READ:
      return wait_for(fd_, POLLIN, deadline, cancel_);
    case SSL_ERROR_WANT_WRITE:
      return wait_for(fd_, POLLOUT, deadline, cancel_);
    case SSL_ERROR_SYSCALL:
      if (ERR_peek_error() == 0 && errnum != 0)
        return fail(ErrorKind::unavailable, std::generic_category().message(errnum));
      [[fallthrough]];
    default:
      break;
  }
  // An answer that is not TLS is no fault that passes.
  bool foreign = ERR_GET_REASON(ERR_peek_error()) == SSL_R_WRONG_VERSION_NUMBER;
  auto error = fail(foreign ? ErrorKind::corrupt : ErrorKind::unavailable,
                    foreign ? "the server does not speak TLS" : library_error());
  ERR_clear_error();
  return error;
}

Result<std::size_t> TlsSession::read(std::span<std::byte> buffer, Clock::time_point deadline) {
  for (;;) {
    ERR_clear_error();
    std::size_t count = 0;
    int result = SSL_read_ex(session_, buffer.data(), buffer.size(), &count);
    if (result == 1) return count;
    if (SSL_get_error(session_, result) == SSL_ERROR_ZERO_RETURN) return std::size_t{0};
    MBUILD_CHECK(wait(result, deadline));
  }
}

Result<std::size_t> TlsSession::write(ByteView data, Clock::time_point deadline) {
  for (;;) {
    ERR_clear_error();
    std::size_t count = 0;
    int result = SSL_write_ex(session_, data.data(), data.size(), &count);
    if (result == 1) return count;
    MBUILD_CHECK(wait(result, deadline));
  }
}

bool TlsSession::has_input() {
  ERR_clear_error();
  std::byte byte;
  std::size_t count = 0;
  bool found = SSL_peek_ex(session_, &byte, 1, &count) == 1;
  ERR_clear_error();
  return found;
}

}  // namespace mbuild::remote
