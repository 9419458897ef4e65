// HttpObjects: whole objects from and to servers that are no registries.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "builder/cache/cache_remote.h"
#include "registry/remote/transport.h"

namespace mbuild::builder {

// Thread-safe. The transport is borrowed. Requests that fail in passing are made again, a few times.
class HttpObjects {
 public:
  // Completes a request (signs it) before each time it is sent.
  using Prepare = std::function<Result<void>(remote::Request&)>;
  HttpObjects(remote::Transport& transport, Prepare prepare)
      : transport_(transport), prepare_(std::move(prepare)) {}

  // The response, whatever its status but the passing ones; a body of at most request.max_body.
  Result<remote::Response> send(remote::Request request) const;
  // The same with a body of `size` bytes from what `open` gives.
  Result<remote::Response> send(remote::Request request, const OpenBlob& open, std::uint64_t size) const;
  // The body of a GET as a stream, of at most `size` bytes. Statuses outside 2xx are errors.
  Result<std::unique_ptr<ByteSource>> open(remote::Request request, std::uint64_t size) const;

 private:
  remote::Transport& transport_;
  Prepare prepare_;
};

}  // namespace mbuild::builder
