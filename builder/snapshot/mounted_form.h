// The mounted form of a layer: its uncompressed tarball, `tar`, and an EROFS image over it, `index`.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "builder/snapshot/layer_apply.h"
#include "builder/snapshot/work_area.h"
#include "registry/base/fd.h"
#include "registry/base/result.h"
#include "registry/base/stream.h"
#include "registry/oci/archive_reader.h"

namespace mbuild::builder {

inline constexpr char kArchiveFile[] = "tar";
inline constexpr char kIndexFile[] = "index";

// Writes both files into `directory`, in one pass over the bytes. Errors as index_layer(): after
// `unsupported` the tarball is there, whole.
Result<AppliedLayer> write_mounted_form(std::unique_ptr<ByteSource> tar, const oci::ArchiveOptions& options,
                                        int directory);

// The mounts of a process: one a layer, made when it is first asked for and shared from then on. They are
// detached and go with the process, however it ends. Thread-safe.
class LayerMounts {
 public:
  // `unsupported`, saying why, when this process cannot mount layers of the store and put overlays on them.
  static Result<std::unique_ptr<LayerMounts>> probe(WorkArea& work);

  // The root directory, for reading, of the layer whose files are in `directory`.
  Result<Fd> open(const std::string& id, int directory);

 private:
  std::mutex mutex_;
  std::map<std::string, Fd> mounts_;
};

}  // namespace mbuild::builder
