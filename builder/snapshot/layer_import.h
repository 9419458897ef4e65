// Takes a layer's blob in: one pass over its bytes.
#pragma once

#include <cstdint>
#include <memory>

#include "builder/snapshot/layer_apply.h"
#include "builder/snapshot/overlay_form.h"
#include "registry/base/stream.h"
#include "registry/oci/content_store.h"
#include "registry/oci/descriptor.h"

namespace mbuild::builder {

struct ImportedLayer {
  AppliedLayer content;
  std::uint64_t tar_size = 0;
  Compression compression = Compression::none;
};

// Unpacks `blob` into the empty directory `fs`, and keeps it in `blobs` unless it is there. The calling
// thread reads, inflates and hashes while another one makes the files. `corrupt` when the blob is not what
// `descriptor` says, its contents are not `diff_id`, or the archive is hostile; `no_space` above `limit`
// bytes. `fs` is then half filled, and `blobs` as it was.
Result<ImportedLayer> import_layer(std::unique_ptr<ByteSource> blob, const oci::Descriptor& descriptor,
                                   const oci::Digest& diff_id, std::uint64_t limit,
                                   const oci::ContentStore& blobs, int fs, const OverlayForm& form);

}  // namespace mbuild::builder
