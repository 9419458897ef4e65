// Timeouts: how long a request may wait for its peer.
#pragma once

#include <chrono>
#include <cstdint>

namespace mbuild::remote {

struct Timeouts {
  std::chrono::milliseconds connect{15'000};     // name look-up, TCP, proxy and TLS together
  std::chrono::milliseconds first_byte{60'000};  // from the end of a request to its answer's begin
  std::chrono::milliseconds stall{30'000};       // in which at least `stall_bytes` must move
  std::uint64_t stall_bytes = 1024;
};

}  // namespace mbuild::remote
