#include "registry/remote/blob_download.h"

#include <fmt/format.h>

#include <charconv>
#include <system_error>
#include <thread>

#include "registry/base/memory_stream.h"
#include "registry/remote/byte_pipe.h"
#include "registry/remote/response_error.h"

namespace mbuild::remote {

namespace {

// Between the network and the sink: counts, hashes, and drops what a server sends twice.
class VerifyingSink : public ByteSink {
 public:
  VerifyingSink(const oci::Descriptor& descriptor, ByteSink& next) : descriptor_(descriptor), next_(next) {}

  // The next answer begins at this offset, which is not beyond what there is already.
  void begin_at(std::uint64_t offset) { skip_ = size_ - offset; }

  Result<void> write(ByteView data) override {
    std::size_t known = static_cast<std::size_t>(std::min<std::uint64_t>(skip_, data.size()));
    skip_ -= known;
    data = data.subspan(known);
    if (data.size() > descriptor_.size - size_) {
      poisoned_ = true;
      return fail(ErrorKind::corrupt, fmt::format("the blob has more than its {} bytes", descriptor_.size));
    }
    hash_.update(data);
    size_ += data.size();
    return next_.write(data);
  }

  Result<void> verify() {
    if (size_ < descriptor_.size)
      return fail(ErrorKind::unavailable,
                  fmt::format("the blob ends after {} of {} bytes", size_, descriptor_.size));
    oci::Digest digest = hash_.finish();
    if (digest == descriptor_.digest) return {};
    poisoned_ = true;
    return fail(ErrorKind::corrupt, fmt::format("the content has the digest {}", digest.str()));
  }
  // Whether `next` has got what cannot be taken back.
  bool poisoned() const { return poisoned_; }

  std::uint64_t size() const { return size_; }

 private:
  const oci::Descriptor& descriptor_;
  ByteSink& next_;
  oci::Sha256 hash_;
  std::uint64_t size_ = 0;
  std::uint64_t skip_ = 0;
  bool poisoned_ = false;
};

// Where the body of an answer begins: 0, or what "Content-Range: bytes 100-199/200" says (RFC 9110 14.4).
Result<std::uint64_t> first_byte(const Response& head) {
  if (head.status != 206) return 0;
  std::string_view range = head.headers.get("Content-Range").value_or("");
  std::uint64_t first = 0;
  if (range.starts_with("bytes ")) {
    range.remove_prefix(6);
    if (std::from_chars(range.data(), range.data() + range.size(), first).ec == std::errc()) return first;
  }
  return fail(ErrorKind::corrupt, "the answer to a range request has no Content-Range");
}

// One request for what is missing. Gives the response when the server refused.
Result<Response> ask_for_rest(const Endpoint& endpoint, const oci::Descriptor& descriptor,
                              VerifyingSink& sink, const CancelFlag& cancel) {
  Request request;
  request.cancel = cancel;
  request.url = endpoint.url("blobs/" + descriptor.digest.str());
  if (sink.size() > 0) request.headers.set("Range", fmt::format("bytes={}-", sink.size()));
  request.receive = [&](const Response& head) -> Result<ByteSink*> {
    std::uint64_t offset = MBUILD_TRY(first_byte(head));
    if (offset > sink.size()) return fail(ErrorKind::corrupt, "the answer begins beyond the range asked for");
    sink.begin_at(offset);
    return &sink;
  };
  Response response = MBUILD_TRY(endpoint.session->send_once(request, endpoint.pull_scopes()));
  if (response.ok()) MBUILD_CHECK_AS("GET " + request.url.display(), sink.verify());
  return response;
}

Result<void> download_from(const Endpoint& endpoint, const oci::Descriptor& descriptor, VerifyingSink& sink,
                           const CancelFlag& cancel) {
  Retry retry(endpoint.session->policy(), endpoint.session->time(), cancel);
  for (;;) {
    std::uint64_t before = sink.size();
    auto response = ask_for_rest(endpoint, descriptor, sink, cancel);
    if (response && response->ok()) return {};
    if (sink.size() > before) retry.progressed();
    auto wanted = response ? retry_after(response->headers, std::chrono::system_clock::now()) : std::nullopt;
    if (is_transient(response) && MBUILD_TRY(retry.pause(wanted))) continue;
    if (!response) return std::unexpected(std::move(response).error());
    return std::unexpected(
        response_error("GET", endpoint.url("blobs/" + descriptor.digest.str()), *response));
  }
}

class DownloadSource : public ByteSource {
 public:
  DownloadSource(Endpoints& endpoints, oci::Reference reference, oci::Descriptor descriptor,
                 DownloadLimits limits)
      : thread_(
            [this, &endpoints, reference = std::move(reference), descriptor = std::move(descriptor),
             limits = std::move(limits)] { pipe_.finish(run(endpoints, reference, descriptor, limits)); }) {}
  ~DownloadSource() override {
    *cancel_ = true;
    pipe_.abandon();
    thread_.join();
  }
  Result<std::size_t> read(std::span<std::byte> buffer) override { return pipe_.read(buffer); }

 private:
  Result<void> run(Endpoints& endpoints, const oci::Reference& reference, const oci::Descriptor& descriptor,
                   const DownloadLimits& limits) {
    Slots::Slot slot = MBUILD_TRY(limits.slots.take(Cancellation(limits.cancel, cancel_)));
    return download_blob(endpoints, reference, descriptor, pipe_, cancel_);
  }

  BytePipe pipe_;
  CancelFlag cancel_ = std::make_shared<std::atomic<bool>>(false);
  std::thread thread_;
};

}  // namespace

Result<void> download_blob(Endpoints& endpoints, const oci::Reference& reference,
                           const oci::Descriptor& descriptor, ByteSink& sink, const CancelFlag& cancel) {
  if (descriptor.is_foreign_layer())
    return fail(
        ErrorKind::unsupported,
        fmt::format("layer {} is foreign: it is not distributed by registries", descriptor.digest.str()));
  VerifyingSink verifying(descriptor, sink);
  std::optional<Error> wrong;
  return endpoints.ask_each<void>(reference, Use::content, [&](const Endpoint& endpoint) -> Result<void> {
    if (wrong) return std::unexpected(*wrong);
    auto done = download_from(endpoint, descriptor, verifying, cancel);
    if (!done && verifying.poisoned()) wrong = done.error();
    return done;
  });
}

Result<std::unique_ptr<ByteSource>> open_download(Endpoints& endpoints, const oci::Reference& reference,
                                                  const oci::Descriptor& descriptor,
                                                  const DownloadLimits& limits) {
  try {
    return std::make_unique<DownloadSource>(endpoints, reference, descriptor, limits);
  } catch (const std::system_error& error) {
    return fail(ErrorKind::io, fmt::format("start a thread: {}", error.what()));
  }
}

Result<std::string> download_text(Endpoints& endpoints, const oci::Reference& reference,
                                  const oci::Descriptor& descriptor, std::uint64_t limit) {
  if (descriptor.size > limit)
    return fail(ErrorKind::invalid_input, fmt::format("blob {} has {} bytes; at most {} are accepted",
                                                      descriptor.digest.str(), descriptor.size, limit));
  return endpoints.ask_each<std::string>(
      reference, Use::content, [&](const Endpoint& endpoint) -> Result<std::string> {
        StringSink sink;
        VerifyingSink verifying(descriptor, sink);
        MBUILD_CHECK(download_from(endpoint, descriptor, verifying, nullptr));
        return sink.take();
      });
}

}  // namespace mbuild::remote
