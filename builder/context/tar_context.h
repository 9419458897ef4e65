// TarContext: a build context that comes as a tar stream, from standard input or a server.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "builder/context/scratch_folder.h"
#include "builder/context/source_files.h"
#include "registry/base/result.h"
#include "registry/base/stream.h"

namespace mbuild::builder {

// The unpacked stream, in a folder of its own that goes when this goes. Files belong to whom the archive
// says, and .dockerignore has no say (SEMANTICS A9).
class TarContext final : public SourceFiles {
 public:
  // Reads all of `stream`: a tar, plain or gzip, bzip2, xz or zstd. Makes the folder `name` in `work`, a
  // directory descriptor that must stay open as long as this lives. `invalid_input` when the stream is no
  // archive or has hostile names in it,
  // `no_space` when it unpacks to more than `limit` bytes (0: as ArchiveLimits says).
  static Result<TarContext> unpack(std::unique_ptr<ByteSource> stream, int work, std::string name,
                                   std::uint64_t limit = 0);

  SourceTree tree() const;
  Result<std::string> version() override { return std::string(); }
  Result<SourceTree> open() override { return tree(); }

 private:
  explicit TarContext(ScratchFolder folder) : folder_(std::move(folder)) {}

  ScratchFolder folder_;
};

}  // namespace mbuild::builder
