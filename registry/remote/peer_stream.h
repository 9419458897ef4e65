// PeerStream: one request and answer on a Connection, with time limits, bounds on what a peer may send as a
// head, and the answer that comes before the request is complete.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "registry/remote/connection.h"
#include "registry/remote/rate_limit.h"
#include "registry/remote/timeouts.h"

namespace mbuild::remote {

// Bounds the time spent waiting for a peer that moves too little: a peer that drips is a peer that stalls.
class StallGuard {
 public:
  explicit StallGuard(std::uint64_t enough_bytes) : enough_bytes_(enough_bytes) {}

  // Runs `transfer(deadline)`, which gives the bytes it moved. Only time within counts towards `limit`.
  template <class Transfer>
  Result<std::size_t> run(Clock::duration limit, Transfer transfer) {
    auto start = Clock::now();
    Result<std::size_t> count = transfer(start + limit - waited_);
    if (!count) return count;
    waited_ += Clock::now() - start;
    moved_ += *count;
    if (moved_ >= enough_bytes_) reset();
    return count;
  }
  void reset() {
    waited_ = {};
    moved_ = 0;
  }

 private:
  std::uint64_t enough_bytes_;
  std::uint64_t moved_ = 0;
  Clock::duration waited_{};
};

// The interface is what an HTTP parser wants that reports failure by -1: the reason is kept aside.
class PeerStream {
 public:
  // All borrowed; `buffer` is scratch space.
  PeerStream(Connection& connection, std::vector<std::byte>& buffer, const Timeouts& timeouts,
             std::chrono::milliseconds first_byte, RateLimit& rate);

  // Bytes read (one at a time until enter_body()), 0 at the end of the connection, or -1. In the head every
  // "%" after the status line is given as "%25": see http_transport.cc.
  ssize_t read(char* data, std::size_t size);
  // Bytes taken, or -1. Once the answer has begun, or the peer takes no more, data is dropped: what the peer
  // has to say about the request is worth more than the failed write.
  ssize_t write(const char* data, std::size_t size);

  // Whether the rest of the request need not be sent.
  bool answered_early();
  // The head has been read. `to_the_end`: the body ends with the connection, which is an error otherwise.
  void enter_body(bool to_the_end) {
    in_body_ = true;
    to_the_end_ = to_the_end;
  }
  // Whether the last bytes given are those that end a chunked body (RFC 9112 7.1): httplib takes a damaged
  // chunk for the end.
  bool ended_with_empty_line() const { return tail_ == "\n\r\n"; }

  bool heard_something() const { return head_size_ > 0; }
  bool gave_up_sending() const { return answered_early_; }
  bool drained() const { return begin_ == end_; }
  std::optional<Error> take_failure() { return std::exchange(failure_, std::nullopt); }

 private:
  bool fill();
  ssize_t read_head(char* data);
  ssize_t give_up(Error error);

  Connection& connection_;
  std::vector<std::byte>& buffer_;
  const Timeouts& timeouts_;
  std::chrono::milliseconds first_byte_;
  RateLimit& rate_;
  StallGuard guard_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t head_size_ = 0;
  std::string_view escape_;
  bool in_status_line_ = true;
  bool in_body_ = false;
  bool to_the_end_ = false;
  std::string tail_;  // of the body
  bool answered_early_ = false;
  std::optional<Error> write_failure_;
  std::optional<Error> failure_;
};

}  // namespace mbuild::remote
