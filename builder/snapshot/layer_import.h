// Takes a layer's blob in: one pass over its bytes.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "builder/snapshot/layer_apply.h"
#include "builder/snapshot/layer_folders.h"
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

// Makes a form of the layer out of its tarball, which it reads to the end.
using MakeForm =
    std::function<Result<AppliedLayer>(std::unique_ptr<ByteSource> tar, const oci::ArchiveOptions& options)>;

// Passes the contents of `blob` to `make`, and keeps it in `blobs` unless it is there. The calling thread
// reads, inflates and hashes while another one runs `make`. `corrupt` when the blob is not what `descriptor`
// says, its contents are not `diff_id`, or the archive is hostile; `no_space` above `limit` bytes. What was
// made must then be thrown away; `blobs` is as it was.
Result<ImportedLayer> import_layer(std::unique_ptr<ByteSource> blob, const oci::Descriptor& descriptor,
                                   const oci::Digest& diff_id, std::uint64_t limit,
                                   const oci::ContentStore& blobs, const MakeForm& make);

// The unpacked form: into the empty directory `fs`.
Result<AppliedLayer> unpack_archive(std::unique_ptr<ByteSource> tar, const oci::ArchiveOptions& options,
                                    int fs, const OverlayForm& form);
// The mounted form into `directory`, a layer's, in place of its empty `fs`; the unpacked one when the archive
// cannot be mounted.
Result<AppliedLayer> keep_archive(std::unique_ptr<ByteSource> tar, const oci::ArchiveOptions& options,
                                  const LayerDraft& draft, const OverlayForm& form);

}  // namespace mbuild::builder
