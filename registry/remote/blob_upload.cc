#include "registry/remote/blob_upload.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "registry/remote/response_error.h"

namespace mbuild::remote {

namespace {

constexpr std::uint64_t kSmallChunk = 16 << 20;  // for servers that refuse a blob in one
constexpr std::chrono::milliseconds kStoreTimeout{10 *
                                                  60'000};  // storing a blob of many GB takes a server long

// The part of a source between two offsets of a blob, and how much of it went out.
class PartSource : public ByteSource {
 public:
  PartSource(ByteSource& source, const std::function<void(std::uint64_t)>& moved)
      : source_(source), moved_(moved) {}
  Result<std::size_t> read(std::span<std::byte> buffer) override {
    auto count = source_.read(buffer);
    if (count) taken_ += *count;
    if (count && moved_) moved_(*count);
    return count;
  }
  std::uint64_t taken() const { return taken_; }

 private:
  ByteSource& source_;
  const std::function<void(std::uint64_t)>& moved_;
  std::uint64_t taken_ = 0;
};

Result<void> skip(ByteSource& source, std::uint64_t count) {
  std::vector<std::byte> buffer(std::min<std::uint64_t>(count, 256 << 10));
  while (count > 0) {
    std::size_t wanted = static_cast<std::size_t>(std::min<std::uint64_t>(count, buffer.size()));
    std::size_t read = MBUILD_TRY(source.read(std::span(buffer).first(wanted)));
    if (read == 0) return fail(ErrorKind::corrupt, "the content is shorter than what was sent of it");
    count -= read;
  }
  return {};
}

// One blob on its way.
class Upload {
 public:
  Upload(const Endpoint& endpoint, const BlobUpload& upload)
      : endpoint_(endpoint), session_(*endpoint.session), upload_(upload), chunk_(upload.chunk) {}

  Result<void> run();

 private:
  Result<bool> exists();
  Result<bool> mount(const std::string& repository);
  Result<void> begin();
  Result<bool> send_rest(Retry& retry);
  Result<Response> send_part(std::uint64_t size);
  Result<void> find_offset();
  Result<Url> location(const Url& asked, const Response& response) const;
  Request make_request(std::string method, Url url) const;
  Scopes scopes() const { return endpoint_.push_scopes(); }

  Endpoint endpoint_;
  Session& session_;
  const BlobUpload& upload_;
  std::uint64_t chunk_;

  std::optional<Url> location_;  // of the upload that was begun
  std::uint64_t offset_ = 0;     // what the registry has of it
  std::unique_ptr<ByteSource> source_;
  std::uint64_t source_offset_ = 0;
};

Request Upload::make_request(std::string method, Url url) const {
  Request request;
  request.method = std::move(method);
  request.url = std::move(url);
  request.cancel = upload_.cancel;
  return request;
}

Result<bool> Upload::exists() {
  const Request request = make_request("HEAD", endpoint_.url("blobs/" + upload_.descriptor.digest.str()));
  Response response = MBUILD_TRY(session_.send(request, scopes()));
  if (response.status == 404) return false;
  if (response.ok()) return true;
  return std::unexpected(response_error(request.method, request.url, response));
}

Result<Url> Upload::location(const Url& asked, const Response& response) const {
  auto text = response.headers.get("Location");
  if (!text) return fail(ErrorKind::corrupt, fmt::format("{}: the answer has no Location", asked.display()));
  Url url = MBUILD_TRY_AS(asked.display(), asked.resolve(*text));
  if (asked.tls() && !url.tls())
    return fail(ErrorKind::corrupt, fmt::format("{}: the upload would go on without TLS", asked.display()));
  return url;
}

// Also begins an upload, when the registry answers with one in place of the mount.
Result<bool> Upload::mount(const std::string& repository) {
  const Request request = make_request("POST", endpoint_.url("blobs/uploads/")
                                                   .with_query("mount", upload_.descriptor.digest.str())
                                                   .with_query("from", repository));
  Scopes both = scopes();
  both.push_back("repository:" + repository + ":pull");
  auto response = session_.send(request, both);
  if (!response && response.error().kind() == ErrorKind::cancelled)
    return std::unexpected(std::move(response).error());
  // A mount is an attempt to save work: whoever may not read the other repository uploads.
  if (!response || !response->ok()) return false;
  if (response->status == 201) return true;
  location_ = MBUILD_TRY(location(request.url, *response));
  return false;
}

Result<void> Upload::begin() {
  const Request request = make_request("POST", endpoint_.url("blobs/uploads/"));
  Response response = MBUILD_TRY(session_.expect_ok(request, scopes()));
  location_ = MBUILD_TRY(location(request.url, response));
  offset_ = 0;
  return {};
}

// PATCH for a part, PUT for what ends the blob.
Result<Response> Upload::send_part(std::uint64_t size) {
  std::uint64_t total = upload_.descriptor.size;
  if (!source_ || source_offset_ != offset_) {
    source_ = MBUILD_TRY(upload_.open());
    MBUILD_CHECK(skip(*source_, offset_));
    source_offset_ = offset_;
  }
  PartSource part(*source_, upload_.moved);
  bool last = offset_ + size == total;
  Request request =
      last ? make_request("PUT", location_->with_query("digest", upload_.descriptor.digest.str()))
           : make_request("PATCH", *location_);
  request.headers.set("Content-Type", "application/octet-stream");
  if (size < total) request.headers.set("Content-Range", fmt::format("{}-{}", offset_, offset_ + size - 1));
  request.source = &part;
  request.source_size = size;
  request.first_byte_timeout = kStoreTimeout;
  auto response = session_.send(request, scopes());
  source_offset_ += part.taken();
  return response;
}

// "Range: 0-1233" of an upload's state. Docker's registry says "0-0" of an empty one too.
std::uint64_t received(const Response& response) {
  std::string_view range = response.headers.get("Range").value_or("");
  if (range.starts_with("bytes=")) range.remove_prefix(6);
  std::size_t dash = range.find('-');
  if (dash == range.npos) return 0;
  range.remove_prefix(dash + 1);
  std::uint64_t last = 0;
  std::from_chars(range.data(), range.data() + range.size(), last);
  return last == 0 ? 0 : last + 1;
}

// After a cut: what the registry has, or a new upload when it has forgotten this one.
Result<void> Upload::find_offset() {
  source_.reset();
  const Request request = make_request("GET", *location_);
  auto response = session_.send(request, scopes());
  if (response && response->ok() && response->headers.contains("Location")) {
    location_ = MBUILD_TRY(location(request.url, *response));
    offset_ = received(*response);
    if (offset_ < upload_.descriptor.size) return {};
  }
  if (!response && response.error().kind() == ErrorKind::cancelled)
    return std::unexpected(std::move(response).error());
  location_.reset();
  return {};
}

// Sends one request. True when the blob is whole.
Result<bool> Upload::send_rest(Retry& retry) {
  std::uint64_t left = upload_.descriptor.size - offset_;
  std::uint64_t size = chunk_ == 0 ? left : std::min(left, chunk_);
  auto response = send_part(size);
  if (response && response->ok()) {
    if (size == left) return true;
    location_ = MBUILD_TRY(location(*location_, *response));
    offset_ += size;
    retry.progressed();
    return false;
  }
  bool lost = response && (response->status == 404 || response->status == 416);  // state that does not fit
  if (response && response->status == 413 && (chunk_ == 0 || chunk_ > kSmallChunk)) {
    chunk_ = kSmallChunk;
    location_.reset();
    return false;
  }
  if (response && response->status == 401) {
    MBUILD_CHECK(session_.renew(*response, scopes()));
  } else if (!lost && !is_transient(response)) {
    if (!response) return std::unexpected(std::move(response).error());
    return std::unexpected(response_error("PUT", *location_, *response));
  }
  auto wanted = response ? retry_after(response->headers, std::chrono::system_clock::now()) : std::nullopt;
  std::uint64_t before = offset_;
  if (!MBUILD_TRY(retry.pause(wanted))) {
    if (!response) return std::unexpected(std::move(response).error());
    return std::unexpected(response_error("PUT", *location_, *response));
  }
  if (lost)
    location_.reset();
  else
    MBUILD_CHECK(find_offset());
  if (location_ && offset_ > before) retry.progressed();
  return false;
}

Result<void> Upload::run() {
  if (MBUILD_TRY(exists())) {
    if (upload_.moved) upload_.moved(upload_.descriptor.size);
    return {};
  }
  for (const std::string& repository : upload_.mount_from) {
    if (!MBUILD_TRY(mount(repository))) continue;
    if (upload_.moved) upload_.moved(upload_.descriptor.size);
    return {};
  }
  Retry retry(session_.policy(), session_.time(), upload_.cancel);
  bool begun_before = false;
  for (;;) {
    if (!location_) {
      // The answer to a finished upload may have been lost.
      if (begun_before && MBUILD_TRY(exists())) return {};
      MBUILD_CHECK(begin());
    }
    begun_before = true;
    if (MBUILD_TRY(send_rest(retry))) return {};
  }
}

}  // namespace

Result<void> upload_blob(const Endpoint& endpoint, const BlobUpload& upload) {
  return Upload(endpoint, upload).run();
}

}  // namespace mbuild::remote
