#include "builder/exec/ssh_agent.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <list>
#include <optional>
#include <vector>

#include "registry/base/fs_at.h"

namespace mbuild::builder {

namespace {

constexpr int kPollMilliseconds = 50;
constexpr std::uint32_t kLargestMessage = 256 << 10;  // OpenSSH's own limit
constexpr unsigned char kFailure = 5;
constexpr unsigned char kRequestIdentities = 11;
constexpr unsigned char kSignRequest = 13;

Result<sockaddr_un> address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path)
    return fail(ErrorKind::invalid_input, "the path of socket " + path + " is too long");
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

// False once there is data or the peer has gone; true while there is nothing and nobody wants to stop.
bool idle(int fd, const std::stop_token& stop, short events = POLLIN) {
  for (;;) {
    if (stop.stop_requested()) return true;
    pollfd one{fd, events, 0};
    if (::poll(&one, 1, kPollMilliseconds) > 0) return false;
  }
}

bool receive(int fd, unsigned char* data, std::size_t size, const std::stop_token& stop) {
  while (size > 0) {
    if (idle(fd, stop)) return false;
    const ssize_t count = ::recv(fd, data, size, 0);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    data += count;
    size -= static_cast<std::size_t>(count);
  }
  return true;
}

bool give(int fd, const std::vector<unsigned char>& message, const std::stop_token& stop) {
  for (std::size_t done = 0; done < message.size();) {
    if (idle(fd, stop, POLLOUT)) return false;
    const ssize_t count =
        ::send(fd, message.data() + done, message.size() - done, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (count <= 0) return false;
    done += static_cast<std::size_t>(count);
  }
  return true;
}

// One message, its length in front; nullopt at the end of the connection and for what is no message.
std::optional<std::vector<unsigned char>> take_message(int fd, const std::stop_token& stop) {
  std::vector<unsigned char> message(4);
  if (!receive(fd, message.data(), 4, stop)) return std::nullopt;
  const std::uint32_t size = std::uint32_t{message[0]} << 24 | std::uint32_t{message[1]} << 16 |
                             std::uint32_t{message[2]} << 8 | message[3];
  if (size == 0 || size > kLargestMessage) return std::nullopt;
  message.resize(4 + size);
  if (!receive(fd, message.data() + 4, size, stop)) return std::nullopt;
  return message;
}

// Requests and answers take turns on an agent's connection.
void serve_requests(int step, int agent, const std::stop_token& stop) {
  while (auto request = take_message(step, stop)) {
    const unsigned char kind = (*request)[4];
    if (kind != kRequestIdentities && kind != kSignRequest) {
      if (!give(step, {0, 0, 0, 1, kFailure}, stop)) return;
      continue;
    }
    if (!give(agent, *request, stop)) return;
    const auto answer = take_message(agent, stop);
    if (!answer || !give(step, *answer, stop)) return;
  }
}

// Passes on bytes both ways until either side closes.
void serve_bytes(int step, int agent, const std::stop_token& stop) {
  std::vector<unsigned char> buffer(64 << 10);
  while (!stop.stop_requested()) {
    std::array<pollfd, 2> ends{pollfd{step, POLLIN, 0}, pollfd{agent, POLLIN, 0}};
    if (::poll(ends.data(), ends.size(), kPollMilliseconds) <= 0) continue;
    for (const pollfd& end : ends) {
      if (end.revents == 0) continue;
      const ssize_t count = ::recv(end.fd, buffer.data(), buffer.size(), 0);
      if (count <= 0) return;
      const std::vector<unsigned char> data(buffer.begin(), buffer.begin() + count);
      if (!give(end.fd == step ? agent : step, data, stop)) return;
    }
  }
}

struct Connection {
  std::atomic<bool> done = false;
  std::jthread thread;
};

void serve(const Fd& listener, const SshAgentSettings& settings, const std::stop_token& stop) {
  std::list<Connection> connections;
  while (!idle(listener.get(), stop)) {
    Fd step(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
    connections.remove_if([](const Connection& connection) { return connection.done.load(); });
    if (!step) continue;
    Connection& connection = connections.emplace_back();
    connection.thread =
        std::jthread([step = std::move(step), &settings, &connection](const std::stop_token& stop_one) {
          if (auto agent = connect_to_agent(settings.agent))
            settings.raw ? serve_bytes(step.get(), agent->get(), stop_one)
                         : serve_requests(step.get(), agent->get(), stop_one);
          ::shutdown(step.get(), SHUT_RDWR);
          connection.done = true;
        });
  }
}

}  // namespace

Result<Fd> connect_to_agent(const std::string& socket) {
  const sockaddr_un address = MBUILD_TRY(address_of(socket));
  Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd) return fail_errno(errno, "make a socket");
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return fail_errno(errno, "connect to the ssh agent at " + socket);
  return fd;
}

Result<SshAgentProxy> SshAgentProxy::start(int folder, const std::string& name,
                                           const SshAgentSettings& settings) {
  MBUILD_CHECK(connect_to_agent(settings.agent));
  // Short, wherever the folder lies: a socket's address has room for 107 bytes.
  const sockaddr_un address = MBUILD_TRY(address_of("/proc/self/fd/" + std::to_string(folder) + "/" + name));
  Fd listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!listener) return fail_errno(errno, "make a socket");
  if (::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return fail_errno(errno, "make a socket for the step");
  if (::fchownat(folder, name.c_str(), settings.uid, settings.gid, AT_SYMLINK_NOFOLLOW) != 0)
    return fail_errno(errno, "set the owner of the step's socket");
  if (::fchmodat(folder, name.c_str(), settings.mode, 0) != 0)
    return fail_errno(errno, "set the mode of the step's socket");
  if (::listen(listener.get(), 16) != 0) return fail_errno(errno, "listen for the step");
  Fd socket = MBUILD_TRY(fs_at::open(folder, name, O_PATH, fs_at::Links::refuse));
  std::jthread server([listener = std::move(listener), settings](const std::stop_token& stop) {
    serve(listener, settings, stop);
  });
  return SshAgentProxy(std::move(socket), std::move(server));
}

}  // namespace mbuild::builder
