#include "registry/remote/socket.h"

#include <fmt/format.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>

namespace mbuild::remote {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds kSlice{50};  // how long a wait goes without a look at the cancel flag

std::string describe(int errnum) {
  return std::generic_category().message(errnum);
}

struct AddressListDeleter {
  void operator()(addrinfo* list) const { freeaddrinfo(list); }
};
using AddressList = std::unique_ptr<addrinfo, AddressListDeleter>;

// getaddrinfo(3) cannot be interrupted: it runs in a thread of its own, which is left to finish alone when
// nobody waits for it any more. The look-up and the waiter share this.
struct Lookup {
  std::mutex mutex;
  std::condition_variable changed;
  bool done = false;
  int code = 0;
  AddressList addresses;
};

int look_up(const std::string& host, const std::string& port, int flags, AddressList& addresses) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV | flags;
  addrinfo* list = nullptr;
  int code = getaddrinfo(host.c_str(), port.c_str(), &hints, &list);
  addresses.reset(list);
  return code;
}

std::unexpected<Error> lookup_failed(const std::string& host, int code) {
  bool permanent = code == EAI_NONAME || code == EAI_NODATA;
  return fail(permanent ? ErrorKind::invalid_input : ErrorKind::unavailable,
              fmt::format("look up host {}: {}", host, gai_strerror(code)));
}

Result<AddressList> look_up(const std::string& host, std::uint16_t port, Clock::time_point deadline,
                            const Cancellation& cancel) {
  std::string service = std::to_string(port);
  AddressList literal;
  if (look_up(host, service, AI_NUMERICHOST, literal) == 0) return literal;

  auto lookup = std::make_shared<Lookup>();
  auto work = [lookup, host, service] {
    AddressList addresses;
    int code = look_up(host, service, AI_ADDRCONFIG, addresses);
    // A machine with nothing but loopback has no address family configured.
    if (code == EAI_NODATA || code == EAI_NONAME || code == EAI_ADDRFAMILY)
      code = look_up(host, service, 0, addresses);
    std::lock_guard lock(lookup->mutex);
    lookup->addresses = std::move(addresses);
    lookup->code = code;
    lookup->done = true;
    lookup->changed.notify_one();
  };
  try {
    std::thread(work).detach();
  } catch (const std::system_error& error) {
    return fail(ErrorKind::io, fmt::format("start a thread: {}", error.what()));
  }

  std::unique_lock lock(lookup->mutex);
  while (!lookup->changed.wait_for(lock, kSlice, [&] { return lookup->done; })) {
    if (cancel.requested()) return fail(ErrorKind::cancelled, "look up host " + host + ": cancelled");
    if (Clock::now() >= deadline) return fail(ErrorKind::unavailable, "look up host " + host + ": timed out");
  }
  if (lookup->code != 0) return lookup_failed(host, lookup->code);
  return std::move(lookup->addresses);
}

Result<Fd> connect_to(const addrinfo& address, Clock::time_point deadline, const Cancellation& cancel) {
  Fd fd(::socket(address.ai_family, address.ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, address.ai_protocol));
  if (!fd) return fail_errno(errno, "socket");
  int on = 1;
  setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (::connect(fd.get(), address.ai_addr, address.ai_addrlen) == 0) return fd;
  if (errno != EINPROGRESS) return fail(ErrorKind::unavailable, describe(errno));
  auto ready = wait_for(fd.get(), POLLOUT, deadline, cancel);
  if (!ready) return std::unexpected(std::move(ready).error());
  int errnum = 0;
  socklen_t size = sizeof errnum;
  getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &errnum, &size);
  if (errnum != 0) return fail(ErrorKind::unavailable, describe(errnum));
  return fd;
}

}  // namespace

Result<void> wait_for(int fd, short events, Clock::time_point deadline, const Cancellation& cancel) {
  for (;;) {
    if (cancel.requested()) return fail(ErrorKind::cancelled, "cancelled");
    auto left = std::chrono::ceil<milliseconds>(deadline - Clock::now());
    if (left.count() <= 0) return fail(ErrorKind::unavailable, "timed out");
    pollfd entry{fd, events, 0};
    int count = ::poll(&entry, 1, static_cast<int>(std::min(left, kSlice).count()));
    if (count > 0) return {};
    if (count < 0 && errno != EINTR) return fail_errno(errno, "poll");
  }
}

Result<Fd> connect_tcp(const std::string& host, std::uint16_t port, Clock::time_point deadline,
                       const Cancellation& cancel) {
  AddressList addresses = MBUILD_TRY(look_up(host, port, deadline, cancel));
  int untried = 0;
  for (const addrinfo* address = addresses.get(); address; address = address->ai_next) ++untried;
  Error last(ErrorKind::unavailable, "no address");
  for (const addrinfo* address = addresses.get(); address; address = address->ai_next) {
    auto now = Clock::now();
    auto fd = connect_to(*address, now + (deadline - now) / untried--, cancel);
    if (fd || fd.error().kind() == ErrorKind::cancelled) return fd;
    last = std::move(fd).error();
  }
  return std::unexpected(std::move(last).context(fmt::format("connect to {}:{}", host, port)));
}

}  // namespace mbuild::remote
