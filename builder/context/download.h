// Downloads: files from web servers, kept in the store so that an unchanged one is not sent again.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "registry/base/fd.h"
#include "registry/oci/checksum.h"
#include "registry/oci/content_store.h"
#include "registry/oci/digest.h"
#include "registry/remote/retry.h"
#include "registry/remote/transport.h"

namespace mbuild::builder {

// A secret of the build by its id, or nullopt.
using FindSecret = std::function<Result<std::optional<std::string>>(const std::string& id)>;

struct Download {
  oci::Digest content;  // in the blob store
  std::uint64_t size = 0;
  std::int64_t last_modified = 0;  // seconds since the epoch; 0 when the server does not say
};

struct DownloadOptions {
  std::uint64_t largest = std::uint64_t{64} << 30;  // bytes; what is more is `no_space`
  remote::RetryPolicy retry;
  FindSecret secrets;                                          // may be empty
  std::function<void(std::uint64_t, std::uint64_t)> progress;  // bytes done, and in all (0: unknown)
};

// Thread-safe. Everything given by reference is borrowed.
class Downloads {
 public:
  // What is known of a URL lies in the store's `downloads/`, the content in `blobs`.
  static Result<Downloads> open(const std::string& store_root, const oci::ContentStore& blobs,
                                remote::Transport& transport, const remote::TimeSource& time);

  // GETs `url`, which may hold "user:password@" (sent to its own origin only). What was downloaded before is
  // used when the server says that it has not changed (ETag, Last-Modified), or when it is what `checksum`
  // asks for. Redirects are followed, at most 10, to http and https alone and never from https to http.
  // The secrets HTTP_AUTH_HEADER_<host> and HTTP_AUTH_TOKEN_<host> go to the URL's origin alone.
  // Errors name the URL without its password; another content than `checksum` says is `corrupt`.
  Result<Download> fetch(const std::string& url, const std::optional<oci::Checksum>& checksum,
                         const DownloadOptions& options) const;

 private:
  Downloads(Fd folder, const oci::ContentStore& blobs, remote::Transport& transport,
            const remote::TimeSource& time)
      : folder_(std::move(folder)), blobs_(blobs), transport_(transport), time_(time) {}

  Fd folder_;
  const oci::ContentStore& blobs_;
  remote::Transport& transport_;
  const remote::TimeSource& time_;
};

}  // namespace mbuild::builder
