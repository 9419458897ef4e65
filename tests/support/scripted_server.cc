#include "tests/support/scripted_server.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <stdexcept>

namespace mbuild::test {

namespace {

// One request from `fd`; false at the end of the connection. `pending` holds what was read beyond it.
bool read_request(int fd, std::string& pending, bool with_body, ServedRequest& request) {
  auto more = [&] {
    char buffer[65536];
    ssize_t count = ::recv(fd, buffer, sizeof buffer, 0);
    if (count > 0) pending.append(buffer, static_cast<std::size_t>(count));
    return count > 0;
  };
  std::size_t end;
  while ((end = pending.find("\r\n\r\n")) == pending.npos)
    if (!more()) return false;
  std::string_view head = std::string_view(pending).substr(0, end + 2);
  std::size_t line_end = head.find("\r\n");
  std::string_view line = head.substr(0, line_end);
  std::size_t space = line.find(' ');
  request.method = line.substr(0, space);
  request.target = line.substr(space + 1, line.rfind(' ') - space - 1);
  for (head.remove_prefix(line_end + 2); !head.empty(); head.remove_prefix(head.find("\r\n") + 2)) {
    std::string_view field = head.substr(0, head.find("\r\n"));
    std::size_t colon = field.find(':');
    request.headers.add(std::string(field.substr(0, colon)), std::string(field.substr(colon + 2)));
  }
  pending.erase(0, end + 4);
  if (!with_body) return true;
  std::size_t length = std::stoul("0" + request.header("Content-Length"));
  while (pending.size() < length)
    if (!more()) return false;
  request.body = pending.substr(0, length);
  pending.erase(0, length);
  return true;
}

}  // namespace

void Peer::send(std::string_view raw) {
  while (open_ && !raw.empty()) {
    ssize_t count = ::send(fd_, raw.data(), raw.size(), MSG_NOSIGNAL);
    if (count <= 0) {
      open_ = false;
      return;
    }
    raw.remove_prefix(static_cast<std::size_t>(count));
  }
}

void Peer::answer(int status, std::string_view body, std::string_view headers) {
  send(fmt::format("HTTP/1.1 {} X\r\nContent-Length: {}\r\n{}\r\n{}", status, body.size(), headers, body));
}

void Peer::close() {
  ::shutdown(fd_, SHUT_RDWR);
  open_ = false;
}

void Peer::reset() {
  linger hard{1, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  open_ = false;
}

void Peer::wait_for_close() {
  char byte;
  while (::recv(fd_, &byte, 1, 0) > 0) {
  }
  open_ = false;
}

ScriptedServer::ScriptedServer(Handler handler, bool before_body)
    : handler_(std::move(handler)), before_body_(before_body) {
  listener_ = Fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener_.get(), generic, size) != 0 || ::listen(listener_.get(), 64) != 0 ||
      ::getsockname(listener_.get(), generic, &size) != 0)
    throw std::runtime_error("cannot listen on loopback");
  host_ = fmt::format("127.0.0.1:{}", ntohs(address.sin_port));
  acceptor_ = std::jthread([this] {
    for (;;) {
      int fd = ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) return;
      std::lock_guard lock(mutex_);
      open_.push_back(fd);
      ++connections_;
      threads_.emplace_back([this, fd] { serve(fd); });
    }
  });
}

ScriptedServer::~ScriptedServer() {
  ::shutdown(listener_.get(), SHUT_RDWR);
  acceptor_.join();
  {
    std::lock_guard lock(mutex_);
    for (int fd : open_) ::shutdown(fd, SHUT_RDWR);
  }
  threads_.clear();
}

void ScriptedServer::serve(int fd) {
  Fd owner(fd);
  Peer peer(fd);
  std::string pending;
  for (ServedRequest request; peer.open() && read_request(fd, pending, !before_body_, request);
       request = {}) {
    {
      std::lock_guard lock(mutex_);
      requests_.push_back(request);
    }
    handler_(request, peer);
    if (before_body_) break;
  }
  std::lock_guard lock(mutex_);
  std::erase(open_, fd);
}

std::vector<ServedRequest> ScriptedServer::requests() const {
  std::lock_guard lock(mutex_);
  return requests_;
}

std::vector<std::string> ScriptedServer::lines() const {
  std::vector<std::string> lines;
  for (const ServedRequest& request : requests()) lines.push_back(request.line());
  return lines;
}

}  // namespace mbuild::test
