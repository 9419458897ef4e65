#include "builder/snapshot/layer_writer.h"

#include <algorithm>

#include "builder/snapshot/byte_pipe.h"
#include "builder/snapshot/layer_files.h"
#include "registry/oci/archive_writer.h"

namespace mbuild::builder {

namespace {

constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;

oci::Entry whiteout_of(const std::string& hidden) {
  const std::size_t name = hidden.rfind('/') + 1;  // npos + 1 is 0
  oci::Entry entry;
  entry.path = hidden.substr(0, name) + ".wh." + hidden.substr(name);
  return entry;
}

std::int64_t clamped(std::int64_t mtime, std::int64_t limit) {
  std::int64_t nanoseconds = 0;
  if (__builtin_mul_overflow(limit, kNanosecondsPerSecond, &nanoseconds)) return mtime;
  return std::min(mtime, nanoseconds);
}

}  // namespace

Result<void> write_layer(int fs, ByteSink& sink, std::optional<std::int64_t> clamp_mtime) {
  AsyncSink async(sink);
  oci::ArchiveWriter archive(async);
  const auto add = [&](LayerFile file) -> Result<void> {
    if (file.whiteout) return archive.add(whiteout_of(file.entry.path));
    oci::Entry& entry = file.entry;
    if (clamp_mtime) entry.mtime = clamped(entry.mtime, *clamp_mtime);
    if (entry.type != oci::EntryType::regular) return archive.add(entry);
    const Fd content = MBUILD_TRY(open_content(fs, entry));
    return archive.add(entry, content.get());
  };
  MBUILD_CHECK(walk_layer(fs, add));
  MBUILD_CHECK(archive.finish());
  return async.finish();
}

}  // namespace mbuild::builder
