// Downloading a blob: verified while it moves, taken up again where it was cut off, from one place or
// another.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "registry/base/stream.h"
#include "registry/oci/descriptor.h"
#include "registry/remote/endpoint.h"
#include "registry/remote/slots.h"

namespace mbuild::remote {

// Writes the blob to `sink` and gives success only when size and digest are the descriptor's. The sink may
// have got bytes of a blob that turns out to be wrong. All borrowed; `reference` says where to ask; `cancel`
// may be null.
Result<void> download_blob(Endpoints& endpoints, const oci::Reference& reference,
                           const oci::Descriptor& descriptor, ByteSink& sink, const CancelFlag& cancel);

// Which downloads go on at once. `slots` is borrowed; `cancel` (may be null) ends the wait.
struct DownloadLimits {
  Slots& slots;
  CancelFlag cancel;
};

// The same as a source, downloaded by a thread of its own, some blocks ahead of the reader, when it is its
// turn; whoever opens more than there are slots must not read the last one first. Ends with an error instead
// of the end when the blob is wrong. Destroyed early, it stops the download. `endpoints` must outlive it.
Result<std::unique_ptr<ByteSource>> open_download(Endpoints& endpoints, const oci::Reference& reference,
                                                  const oci::Descriptor& descriptor,
                                                  const DownloadLimits& limits);

// A small blob (config) as text.
Result<std::string> download_text(Endpoints& endpoints, const oci::Reference& reference,
                                  const oci::Descriptor& descriptor, std::uint64_t limit);

}  // namespace mbuild::remote
