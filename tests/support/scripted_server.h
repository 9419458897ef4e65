// ScriptedServer: an HTTP server on loopback that does what a test tells it, down to the byte.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "registry/base/fd.h"
#include "registry/remote/headers.h"

namespace mbuild::test {

struct ServedRequest {
  std::string method;
  std::string target;
  remote::Headers headers;
  std::string body;

  std::string line() const { return method + " " + target; }
  std::string header(std::string_view name) const { return std::string(headers.get(name).value_or("")); }
};

// The other end of one connection.
class Peer {
 public:
  explicit Peer(int fd) : fd_(fd) {}
  void send(std::string_view raw);
  // "HTTP/1.1 <status> X" with Content-Length, `headers` (lines ending in CRLF) and the body.
  void answer(int status, std::string_view body = "", std::string_view headers = "");
  void close();  // FIN
  void reset();  // RST
  void wait_for_close();
  bool open() const { return open_; }

 private:
  int fd_;
  bool open_ = true;
};

class ScriptedServer {
 public:
  using Handler = std::function<void(const ServedRequest&, Peer&)>;
  // With `before_body`, the handler is called when the head is there and the body is never read.
  explicit ScriptedServer(Handler handler, bool before_body = false);
  ScriptedServer(const ScriptedServer&) = delete;
  ~ScriptedServer();

  std::string host() const { return host_; }  // "127.0.0.1:<port>"
  std::string url(std::string_view target = "/") const { return "http://" + host_ + std::string(target); }
  std::vector<ServedRequest> requests() const;
  std::vector<std::string> lines() const;
  int connections() const { return connections_; }

 private:
  void serve(int fd);

  Handler handler_;
  bool before_body_;
  Fd listener_;
  std::string host_;
  mutable std::mutex mutex_;
  std::vector<ServedRequest> requests_;
  std::vector<int> open_;
  std::atomic<int> connections_ = 0;
  std::vector<std::jthread> threads_;
  std::jthread acceptor_;
};

}  // namespace mbuild::test
