#include "builder/exec/mount_archive.h"

#include "builder/context/extract.h"
#include "builder/snapshot/layer_writer.h"
#include "registry/base/compress.h"
#include "registry/oci/verifying_source.h"

namespace mbuild::builder {

Result<PackedMount> pack_mount(int directory, const oci::ContentStore& blobs, unsigned threads) {
  oci::ContentStore::Writer writer = MBUILD_TRY(blobs.create());
  const CompressionOptions options{.type = Compression::zstd, .level = std::nullopt, .threads = threads};
  const auto compressor = MBUILD_TRY(make_compressor(writer, options));
  oci::HashingSink hash(compressor.get());
  MBUILD_CHECK(write_layer(directory, hash, std::nullopt));
  MBUILD_CHECK(compressor->finish());
  PackedMount packed;
  packed.diff_id = hash.finish();
  packed.blob.media_type = oci::layer_media_type(Compression::zstd, false);
  packed.blob.size = writer.size();
  packed.blob.digest = MBUILD_TRY(writer.commit());
  return packed;
}

Result<void> unpack_mount(std::unique_ptr<ByteSource> content, const oci::Descriptor& blob, int directory,
                          std::uint64_t limit) {
  auto verified = std::make_unique<oci::VerifyingSource>(std::move(content), blob);
  oci::ArchiveOptions options;
  options.decompress = true;
  if (limit != 0) options.limits.bytes = limit;
  auto archive = MBUILD_TRY(oci::ArchiveReader::open(std::move(verified), options));
  MBUILD_CHECK(extract_archive(archive, directory, {}));
  return archive.drain();
}

}  // namespace mbuild::builder
