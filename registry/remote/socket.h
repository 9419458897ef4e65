// TCP sockets whose every wait ends: by a deadline, or because the caller cancelled.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "registry/base/fd.h"
#include "registry/base/result.h"
#include "registry/remote/cancel.h"

namespace mbuild::remote {

using Clock = std::chrono::steady_clock;

// Waits until `fd` is ready for `events` (poll(2)). `unavailable` when `deadline` passes first, `cancelled`
// within 50 ms of the flag being set; the messages say just that.
Result<void> wait_for(int fd, short events, Clock::time_point deadline, const Cancellation& cancel);

// A connected, non-blocking socket to `host` (a name or literal address). Addresses are tried in the order
// of getaddrinfo(3), which shares the time between them. A name that does not exist is `invalid_input`;
// everything else that fails is `unavailable`.
Result<Fd> connect_tcp(const std::string& host, std::uint16_t port, Clock::time_point deadline,
                       const Cancellation& cancel);

}  // namespace mbuild::remote
