#include "builder/context/download.h"

#include <fmt/format.h>

#include <algorithm>

#include "builder/context/download_record.h"
#include "parser/remote_source.h"
#include "registry/base/copy_stream.h"
#include "registry/base/fd_stream.h"
#include "registry/base/fs_at.h"
#include "registry/remote/base64.h"
#include "registry/remote/response_error.h"

namespace mbuild::builder {

namespace {

using remote::Request;
using remote::Response;
using remote::Url;

constexpr int kMaxRedirects = 10;
constexpr std::uint64_t kProgressStep = 1 << 20;

// A URL that may hold user information: what it is without, and the header it stands for.
struct Address {
  Url url;
  std::string authorization;
};

Result<Address> read_address(const std::string& text) {
  const std::size_t begin = text.find("://") + 3;
  const std::size_t end = std::min(text.find_first_of("/?#", begin), text.size());
  const std::size_t at = text.substr(0, end).rfind('@');
  if (at == std::string::npos || at < begin) return Address{MBUILD_TRY(Url::parse(text)), ""};
  const std::string bare = text.substr(0, begin) + text.substr(at + 1);
  return Address{MBUILD_TRY(Url::parse(bare)),
                 "Basic " + remote::base64_encode(text.substr(begin, at - begin))};
}

Result<std::string> authorization_for(const Address& address, const FindSecret& secrets) {
  if (!secrets) return address.authorization;
  for (const std::string& host : {address.url.authority(), address.url.host}) {
    if (auto header = MBUILD_TRY(secrets("HTTP_AUTH_HEADER_" + host))) return std::move(*header);
    if (auto token = MBUILD_TRY(secrets("HTTP_AUTH_TOKEN_" + host))) return "Bearer " + *token;
  }
  return address.authorization;
}

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

Result<Url> redirect_target(const Url& from, const Response& response) {
  const auto location = response.headers.get("Location");
  if (!location) return fail(ErrorKind::corrupt, "the redirect has no Location");
  Url target = MBUILD_TRY_AS("redirect", from.resolve(*location));
  if (from.tls() && !target.tls())
    return fail(ErrorKind::corrupt, fmt::format("redirect to {}, which is without TLS", target.display()));
  return target;
}

// Where a body goes: into a blob, hashed on the way.
class BodySink : public ByteSink {
 public:
  BodySink(oci::ContentStore::Writer blob, const std::string& algorithm, std::uint64_t total,
           const DownloadOptions& options)
      : blob_(std::move(blob)), checksum_(algorithm, blob_), total_(total), options_(options) {}

  Result<void> write(ByteView data) override {
    if (data.size() > options_.largest - blob_.size())
      return fail(ErrorKind::no_space, fmt::format("it is larger than {} bytes", options_.largest));
    MBUILD_CHECK(checksum_.write(data));
    if (options_.progress && blob_.size() - told_ >= kProgressStep) {
      told_ = blob_.size();
      options_.progress(told_, total_);
    }
    return {};
  }
  oci::Checksum checksum() { return checksum_.finish(); }
  oci::ContentStore::Writer& blob() { return blob_; }

 private:
  oci::ContentStore::Writer blob_;
  oci::ChecksumSink checksum_;
  const std::uint64_t total_;
  const DownloadOptions& options_;
  std::uint64_t told_ = 0;
};

std::uint64_t announced_size(const Response& head) {
  std::uint64_t size = 0;
  for (const char c : head.headers.get("Content-Length").value_or("")) size = size * 10 + (c - '0');
  return size;
}

class Fetch {
 public:
  Fetch(const oci::ContentStore& blobs, remote::Transport& transport, const DownloadOptions& options,
        const std::optional<oci::Checksum>& checksum)
      : blobs_(blobs), transport_(transport), options_(options), checksum_(checksum) {}

  // One try, redirects included.
  Result<Response> send(const Address& address, const std::string& authorization,
                        const std::optional<DownloadRecord>& known);
  // What a 2xx response brought.
  Result<DownloadRecord> keep(const Response& response);

 private:
  const oci::ContentStore& blobs_;
  remote::Transport& transport_;
  const DownloadOptions& options_;
  const std::optional<oci::Checksum>& checksum_;
  std::unique_ptr<BodySink> body_;
};

Result<Response> Fetch::send(const Address& address, const std::string& authorization,
                             const std::optional<DownloadRecord>& known) {
  Request request;
  request.url = address.url;
  request.headers.set("Accept", "*/*");
  request.headers.set("Accept-Encoding", "identity");
  if (known && !known->etag.empty()) request.headers.set("If-None-Match", known->etag);
  if (known && !known->last_modified.empty()) request.headers.set("If-Modified-Since", known->last_modified);
  body_.reset();
  request.receive = [this](const Response& head) -> Result<ByteSink*> {
    if (announced_size(head) > options_.largest)
      return fail(ErrorKind::no_space, fmt::format("it is larger than {} bytes", options_.largest));
    body_ = std::make_unique<BodySink>(MBUILD_TRY(blobs_.create()),
                                       checksum_ ? checksum_->algorithm : std::string("sha256"),
                                       announced_size(head), options_);
    return body_.get();
  };
  for (int hop = 0;; ++hop) {
    request.headers.erase("Authorization");
    if (!authorization.empty() && request.url.origin() == address.url.origin())
      request.headers.set("Authorization", authorization);
    Response response = MBUILD_TRY(transport_.send(request));
    if (!is_redirect(response.status)) return response;
    if (hop == kMaxRedirects)
      return fail(ErrorKind::corrupt, fmt::format("more than {} redirects", kMaxRedirects));
    request.url = MBUILD_TRY(redirect_target(request.url, response));
  }
}

Result<DownloadRecord> Fetch::keep(const Response& response) {
  if (!body_)  // an answer without a body
    body_ = std::make_unique<BodySink>(MBUILD_TRY(blobs_.create()),
                                       checksum_ ? checksum_->algorithm : std::string("sha256"), 0, options_);
  if (checksum_) {
    const oci::Checksum found = body_->checksum();
    if (found != *checksum_)
      return fail(ErrorKind::corrupt,
                  fmt::format("digest mismatch: expected {}, got {}", checksum_->str(), found.str()));
  }
  DownloadRecord record;
  record.etag = response.headers.get("ETag").value_or("");
  record.last_modified = response.headers.get("Last-Modified").value_or("");
  record.size = body_->blob().size();
  record.content = MBUILD_TRY(body_->blob().commit());
  return record;
}

// The checksum of a blob, or nullopt when it is not there whole.
std::optional<oci::Checksum> checksum_of(const oci::ContentStore& blobs, const DownloadRecord& record,
                                         const std::string& algorithm) {
  auto blob = blobs.open_blob(record.content);
  if (!blob || !*blob) return std::nullopt;
  FdSource source(std::move(**blob), "download");
  oci::HashingSink content(nullptr);
  oci::ChecksumSink checksum(algorithm, content);
  if (!copy(source, checksum) || content.finish() != record.content) return std::nullopt;
  return checksum.finish();
}

Download download_of(const DownloadRecord& record) {
  Download download{record.content, record.size, 0};
  if (auto time = remote::parse_http_date(record.last_modified))
    download.last_modified =
        std::chrono::duration_cast<std::chrono::seconds>(time->time_since_epoch()).count();
  return download;
}

}  // namespace

Result<Downloads> Downloads::open(const std::string& store_root, const oci::ContentStore& blobs,
                                  remote::Transport& transport, const remote::TimeSource& time) {
  const Fd store = MBUILD_TRY(fs_at::open_trusted(store_root, O_RDONLY | O_DIRECTORY));
  MBUILD_CHECK(fs_at::make_directories(store.get(), "downloads", 0700));
  Fd folder = MBUILD_TRY(fs_at::open(store.get(), "downloads", O_RDONLY | O_DIRECTORY, fs_at::Links::refuse));
  return Downloads(std::move(folder), blobs, transport, time);
}

Result<Download> Downloads::fetch(const std::string& url, const std::optional<oci::Checksum>& checksum,
                                  const DownloadOptions& options) const {
  const std::string action = "download " + parser::without_password(url);
  const Address address = MBUILD_TRY_AS(action, read_address(url));
  const std::string authorization = MBUILD_TRY_AS(action, authorization_for(address, options.secrets));

  std::optional<DownloadRecord> known = read_download_record(folder_.get(), url);
  if (known) {
    const auto found = checksum_of(blobs_, *known, checksum ? checksum->algorithm : "sha256");
    if (!found) known.reset();  // pruned, or damaged by a crash
    if (found && checksum && *found == *checksum) return download_of(*known);
    if (checksum) known.reset();
  }

  remote::Retry retry(options.retry, time_);
  for (;;) {
    Fetch fetch(blobs_, transport_, options, checksum);
    auto response = fetch.send(address, authorization, known);
    if (response && response->status == 304 && known) return download_of(*known);
    if (response && response->ok()) {
      const DownloadRecord record = MBUILD_TRY_AS(action, fetch.keep(*response));
      // Without it the file is sent again next time.
      (void)write_download_record(folder_.get(), url, record);
      return download_of(record);
    }
    if (remote::is_transient(response)) {
      const auto wanted =
          response ? remote::retry_after(response->headers, std::chrono::system_clock::now()) : std::nullopt;
      if (MBUILD_TRY_AS(action, retry.pause(wanted))) continue;
    }
    if (!response) return std::unexpected(std::move(response).error().context(action));
    return std::unexpected(remote::response_error("GET", address.url, *response));
  }
}

}  // namespace mbuild::builder
