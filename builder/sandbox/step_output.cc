#include "builder/sandbox/step_output.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <iterator>
#include <memory>
#include <span>

namespace mbuild::builder {

namespace {

constexpr int pipe_bytes = 256 << 10;
constexpr int poll_milliseconds = 50;

// One pipe's way from the descriptor to the handler.
class Stream {
 public:
  Stream(Fd& reader, OutputStream name, std::span<char> buffer, const StepOutputHandler& handler)
      : reader_(reader), name_(name), buffer_(buffer), handler_(handler) {}

  pollfd poll_entry() const { return {reader_.get(), POLLIN, 0}; }

  // Reads once. At the end of file, or on an error, which a pipe of ours does not have, the pipe is closed.
  void read() {
    const ssize_t size = ::read(reader_.get(), buffer_.data(), buffer_.size());
    if (size > 0) return deliver(size);
    if (size == 0 || (errno != EINTR && errno != EAGAIN)) reader_.reset();
  }

  // Reads what is there and no more: whoever else got hold of the pipe could go on writing for ever.
  void drain() {
    int left = 0;
    if (!reader_ || ::ioctl(reader_.get(), FIONREAD, &left) != 0) return;
    while (left > 0) {
      const ssize_t size = ::read(reader_.get(), buffer_.data(), buffer_.size());
      if (size < 0 && errno == EINTR) continue;
      if (size <= 0) return;
      deliver(size);
      left -= static_cast<int>(size);
    }
  }

 private:
  void deliver(ssize_t size) {
    if (handler_) handler_(name_, {buffer_.data(), static_cast<std::size_t>(size)});
  }

  Fd& reader_;
  OutputStream name_;
  std::span<char> buffer_;
  const StepOutputHandler& handler_;
};

Result<Pipe> output_pipe() {
  Pipe pipe = MBUILD_TRY(make_pipe());
  // The step must find its end as pipes are, blocking. A user's quota may refuse the larger buffer: no
  // matter.
  ::fcntl(pipe.reader.get(), F_SETFL, O_NONBLOCK);
  ::fcntl(pipe.reader.get(), F_SETPIPE_SZ, pipe_bytes);
  return pipe;
}

}  // namespace

Result<OutputPipes> OutputPipes::make() {
  OutputPipes pipes;
  pipes.output_ = MBUILD_TRY(output_pipe());
  pipes.error_ = MBUILD_TRY(output_pipe());
  return pipes;
}

Result<StepProcess::Ended> OutputPipes::pump(StepProcess& process, const StepOutputHandler& output,
                                             const StepCancelled& cancelled) {
  output_.writer.reset();
  error_.writer.reset();
  const auto buffer_memory = std::make_unique_for_overwrite<char[]>(pipe_bytes);
  const std::span<char> buffer(buffer_memory.get(), pipe_bytes);
  Stream streams[] = {{output_.reader, OutputStream::standard_output, buffer, output},
                      {error_.reader, OutputStream::standard_error, buffer, output}};
  bool was_cancelled = false;
  for (;;) {
    pollfd entries[] = {
        streams[0].poll_entry(), streams[1].poll_entry(), {process.ended_descriptor(), POLLIN, 0}};
    if (::poll(entries, std::size(entries), poll_milliseconds) < 0 && errno != EINTR) {
      return fail_errno(errno, "wait for the step's output");
    }
    if (!was_cancelled && cancelled && cancelled()) {
      was_cancelled = true;
      process.kill();
    }
    if (entries[2].revents != 0) break;
    if (entries[0].revents != 0) streams[0].read();
    if (entries[1].revents != 0) streams[1].read();
  }
  for (Stream& stream : streams) stream.drain();
  StepProcess::Ended ended = MBUILD_TRY(process.wait());
  if (was_cancelled) return fail(ErrorKind::cancelled, "the step was cancelled");
  return ended;
}

}  // namespace mbuild::builder
