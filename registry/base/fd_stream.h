// Streams over file descriptors.
#pragma once

#include <string>

#include "registry/base/fd.h"
#include "registry/base/stream.h"

namespace mbuild {

// Reads from the descriptor's current position to its end. `name` is what errors call it.
class FdSource : public ByteSource {
 public:
  FdSource(Fd fd, std::string name) : fd_(std::move(fd)), name_(std::move(name)) {}
  Result<std::size_t> read(std::span<std::byte> buffer) override;
  int fd() const { return fd_.get(); }

 private:
  Fd fd_;
  std::string name_;
};

// Writes at the descriptor's current position. The descriptor is borrowed.
class FdSink : public ByteSink {
 public:
  FdSink(int fd, std::string name) : fd_(fd), name_(std::move(name)) {}
  Result<void> write(ByteView data) override;

 private:
  int fd_;
  std::string name_;
};

}  // namespace mbuild
