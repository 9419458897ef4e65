#include "builder/context/tar_context.h"

#include "builder/context/extract.h"

namespace mbuild::builder {

namespace {

// Whoever sent the stream is to blame for what is wrong with it.
Error blame_sender(const Error& error) {
  const bool content = error.kind() == ErrorKind::corrupt;
  Error blamed(content ? ErrorKind::invalid_input : error.kind(), error.message());
  if (!error.hint().empty()) blamed = std::move(blamed).with_hint(error.hint());
  return std::move(blamed).context("unpack build context");
}

Result<void> extract(std::unique_ptr<ByteSource> stream, int root, std::uint64_t limit) {
  oci::ArchiveOptions options;
  options.decompress = true;
  if (limit != 0) options.limits.bytes = limit;
  auto archive = MBUILD_TRY(oci::ArchiveReader::open(std::move(stream), options));
  MBUILD_CHECK(extract_archive(archive, root, {}));
  return archive.drain();
}

}  // namespace

Result<TarContext> TarContext::unpack(std::unique_ptr<ByteSource> stream, int work, std::string name,
                                      std::uint64_t limit) {
  TarContext context(MBUILD_TRY(ScratchFolder::make(work, std::move(name))));
  const Result<void> extracted = extract(std::move(stream), context.folder_.fd(), limit);
  if (!extracted) return std::unexpected(blame_sender(extracted.error()));
  return context;
}

SourceTree TarContext::tree() const {
  return {
      .root = folder_.fd(), .ignore = {}, .ownership = Ownership::keep, .index = nullptr, .immutable = true};
}

}  // namespace mbuild::builder
