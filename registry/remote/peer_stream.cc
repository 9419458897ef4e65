#include "registry/remote/peer_stream.h"

#include <algorithm>
#include <cstring>
#include <span>

namespace mbuild::remote {

namespace {

constexpr std::size_t kMaxHead = 64 << 10;
constexpr std::size_t kTail = 3;
constexpr std::size_t kMaxStatusLine = 1 << 10;  // httplib matches it with std::regex, which recurses

}  // namespace

PeerStream::PeerStream(Connection& connection, std::vector<std::byte>& buffer, const Timeouts& timeouts,
                       std::chrono::milliseconds first_byte, RateLimit& rate)
    : connection_(connection),
      buffer_(buffer),
      timeouts_(timeouts),
      first_byte_(first_byte),
      rate_(rate),
      guard_(timeouts.stall_bytes) {}

ssize_t PeerStream::read(char* data, std::size_t size) {
  if (begin_ == end_ && !fill()) return -1;
  if (begin_ == end_) return 0;
  if (!in_body_) return read_head(data);
  std::size_t count = std::min(size, end_ - begin_);
  std::memcpy(data, buffer_.data() + begin_, count);
  begin_ += count;
  tail_.append(data + count - std::min(count, kTail), std::min(count, kTail));
  if (tail_.size() > kTail) tail_.erase(0, tail_.size() - kTail);
  return static_cast<ssize_t>(count);
}

bool PeerStream::fill() {
  begin_ = end_ = 0;
  if (!heard_something()) guard_.reset();
  auto limit = heard_something() ? timeouts_.stall : first_byte_;
  auto count = guard_.run(limit, [&](auto deadline) { return connection_.read(buffer_, deadline); });
  if (count && *count == 0 && !to_the_end_)
    count = fail(ErrorKind::unavailable, "the server closed the connection");
  if (!count) {
    bool write_said_more = write_failure_ && count.error().kind() == ErrorKind::unavailable;
    give_up(write_said_more
                ? std::move(*write_failure_)
                : std::move(count).error().context(in_body_ ? "read the body" : "read the answer"));
    return false;
  }
  if (auto paid = rate_.take(*count); !paid) {
    give_up(std::move(paid).error());
    return false;
  }
  end_ = *count;
  return true;
}

ssize_t PeerStream::read_head(char* data) {
  if (!escape_.empty()) {
    *data = escape_.front();
    escape_.remove_prefix(1);
    begin_ += escape_.empty() ? 1 : 0;
    return 1;
  }
  *data = static_cast<char>(buffer_[begin_]);
  ++head_size_;
  if (head_size_ > kMaxHead || (in_status_line_ && head_size_ > kMaxStatusLine))
    return give_up(Error(ErrorKind::corrupt, "the head of the answer is too long"));
  if (*data == '%' && !in_status_line_)
    escape_ = "25";
  else
    ++begin_;
  in_status_line_ = in_status_line_ && *data != '\n';
  return 1;
}

ssize_t PeerStream::write(const char* data, std::size_t size) {
  if (answered_early_) return static_cast<ssize_t>(size);
  ByteView bytes = std::as_bytes(std::span(data, size));
  if (auto paid = rate_.take(size); !paid) return give_up(std::move(paid).error());
  auto count = guard_.run(timeouts_.stall, [&](auto deadline) { return connection_.write(bytes, deadline); });
  if (count) return static_cast<ssize_t>(*count);
  if (count.error().kind() != ErrorKind::unavailable) return give_up(std::move(count).error());
  write_failure_ = std::move(count).error().context("send the request");
  answered_early_ = true;
  return static_cast<ssize_t>(size);
}

bool PeerStream::answered_early() {
  if (!answered_early_) answered_early_ = connection_.has_input();
  return answered_early_;
}

ssize_t PeerStream::give_up(Error error) {
  if (!failure_) failure_ = std::move(error);
  return -1;
}

}  // namespace mbuild::remote
