#include "builder/cache/http_objects.h"

#include <thread>

#include "registry/remote/byte_pipe.h"
#include "registry/remote/response_error.h"
#include "registry/remote/retry.h"

namespace mbuild::builder {

namespace {

using remote::Request;
using remote::Response;

// Counts, and refuses more than there is to be.
class LimitedSink : public ByteSink {
 public:
  LimitedSink(remote::BytePipe& pipe, std::uint64_t left) : pipe_(pipe), left_(left) {}
  Result<void> write(ByteView data) override {
    if (data.size() > left_) return fail(ErrorKind::corrupt, "the object is larger than it is to be");
    left_ -= data.size();
    return pipe_.write(data);
  }

 private:
  remote::BytePipe& pipe_;
  std::uint64_t left_;
};

// A request on a thread of its own, which ends with its reader.
class Download : public ByteSource {
 public:
  Download(remote::Transport& transport, Request request, std::uint64_t size)
      : thread_([this, &transport, request = std::move(request), size]() mutable {
          pipe_.finish(run(transport, std::move(request), size));
        }) {}
  ~Download() override {
    pipe_.abandon();
    thread_.join();
  }
  Download(const Download&) = delete;
  Download& operator=(const Download&) = delete;
  Result<std::size_t> read(std::span<std::byte> buffer) override { return pipe_.read(buffer); }

 private:
  Result<void> run(remote::Transport& transport, Request request, std::uint64_t size) {
    LimitedSink sink(pipe_, size);
    request.receive = [&sink](const Response&) -> Result<ByteSink*> { return &sink; };
    const Response response = MBUILD_TRY(transport.send(request));
    if (response.ok()) return {};
    return std::unexpected(remote::response_error(request.method, request.url, response));
  }

  remote::BytePipe pipe_;
  std::thread thread_;
};

}  // namespace

Result<Response> HttpObjects::send(Request request) const {
  return send(std::move(request), nullptr, 0);
}

Result<Response> HttpObjects::send(Request request, const OpenBlob& open, std::uint64_t size) const {
  const remote::TimeSource time = remote::TimeSource::real(nullptr);
  remote::Retry retry(remote::RetryPolicy{.attempts = 4, .total = std::chrono::milliseconds(30'000)}, time);
  for (;;) {
    Request attempt = request;
    std::unique_ptr<ByteSource> body;
    if (open) {
      body = MBUILD_TRY(open());
      attempt.source = body.get();
      attempt.source_size = size;
    }
    MBUILD_CHECK(prepare_(attempt));
    Result<Response> response = transport_.send(attempt);
    if (!remote::is_transient(response) || !MBUILD_TRY(retry.pause())) {
      if (!response || !remote::is_transient(response)) return response;
      return std::unexpected(remote::response_error(attempt.method, attempt.url, *response));
    }
  }
}

Result<std::unique_ptr<ByteSource>> HttpObjects::open(Request request, std::uint64_t size) const {
  MBUILD_CHECK(prepare_(request));
  return std::make_unique<Download>(transport_, std::move(request), size);
}

}  // namespace mbuild::builder
