// The contents of a cache mount as a tarball, to travel between stores.
#pragma once

#include <memory>

#include "registry/base/stream.h"
#include "registry/oci/content_store.h"
#include "registry/oci/descriptor.h"

namespace mbuild::builder {

struct PackedMount {
  oci::Digest diff_id;   // of the plain tarball
  oci::Descriptor blob;  // in the store's blobs
};

// Everything in the directory, compressed with zstd, as a blob. Files that change meanwhile are as they are
// found, or an error.
Result<PackedMount> pack_mount(int directory, const oci::ContentStore& blobs, unsigned threads);

// The other way round, into an empty directory. `limit` bounds the unpacked bytes (0: ArchiveLimits's own).
// `corrupt` when the blob is not what the descriptor says, or the archive is hostile; the directory then
// holds some of it.
Result<void> unpack_mount(std::unique_ptr<ByteSource> content, const oci::Descriptor& blob, int directory,
                          std::uint64_t limit);

}  // namespace mbuild::builder
