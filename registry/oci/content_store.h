// ContentStore: immutable blobs under their digest, `<dir>/sha256/<hex>` (the OCI layout's "blobs" folder).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "registry/base/atomic_file.h"
#include "registry/base/fd.h"
#include "registry/base/stream.h"
#include "registry/oci/digest.h"

namespace mbuild::oci {

// Safe for any number of threads and processes on one folder: a blob appears by rename and never changes.
class ContentStore {
 public:
  // Creates the folder when it is missing.
  static Result<ContentStore> open(const std::string& dir);
  // On a folder "sha256" that is there already, as in a layout; reading needs no right to write to it.
  explicit ContentStore(Fd dir) : dir_(std::move(dir)) {}

  // A blob being written; it becomes visible at commit(), under the digest of what was written.
  class Writer : public ByteSink {
   public:
    Result<void> write(ByteView data) override;
    std::uint64_t size() const { return size_; }
    // Fails with `corrupt`, keeping nothing, when `expected` is given and differs.
    Result<Digest> commit(std::optional<Digest> expected = std::nullopt);

   private:
    friend class ContentStore;
    explicit Writer(AtomicFile file) : file_(std::move(file)) {}
    AtomicFile file_;
    Sha256 hash_;
    std::uint64_t size_ = 0;
  };

  Result<Writer> create() const;
  Result<Digest> put(std::string_view data) const;

  bool contains(const Digest& digest) const;
  Result<std::optional<std::uint64_t>> size(const Digest& digest) const;
  // O_RDONLY, and a regular file.
  Result<std::optional<Fd>> open_blob(const Digest& digest) const;
  // Whole contents, refused above `limit` bytes, verified against the digest.
  Result<std::optional<std::string>> read(const Digest& digest, std::uint64_t limit = 16 << 20) const;
  Result<void> remove(const Digest& digest) const;

  int fd() const { return dir_.get(); }  // of `<dir>/sha256`

 private:
  Fd dir_;
};

}  // namespace mbuild::oci
