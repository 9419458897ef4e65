#include "builder/snapshot/layer_import.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <thread>

#include "builder/snapshot/byte_pipe.h"
#include "registry/base/compress.h"
#include "registry/base/fd_stream.h"

namespace mbuild::builder {

namespace {

constexpr std::size_t kHeadSize = 4096;
constexpr std::size_t kDrainSize = 64 << 10;

// The blob as it comes, checked and kept on the way.
class BlobTee {
 public:
  BlobTee(std::unique_ptr<ByteSource> source, const oci::Descriptor& descriptor,
          const oci::ContentStore& blobs)
      : source_(std::move(source)), descriptor_(descriptor), blobs_(blobs) {}

  Result<void> begin() {
    if (!blobs_.contains(descriptor_.digest)) writer_ = MBUILD_TRY(blobs_.create());
    return {};
  }

  Result<std::size_t> read(std::span<std::byte> buffer) {
    const std::size_t size = MBUILD_TRY(source_->read(buffer));
    const ByteView data = buffer.first(size);
    size_ += size;
    if (size_ > descriptor_.size) return wrong_size("more than");
    if (writer_) {
      MBUILD_CHECK(writer_->write(data));
    } else {
      hash_.update(data);
    }
    return size;
  }

  // Reads what the decompressor had no use for and decides whether the blob is what it should be.
  Result<void> finish() {
    const auto buffer = std::make_unique_for_overwrite<std::byte[]>(kDrainSize);
    while (MBUILD_TRY(read({buffer.get(), kDrainSize})) != 0) {
    }
    if (size_ != descriptor_.size) return wrong_size(fmt::format("{} instead of", size_));
    if (writer_) {
      MBUILD_TRY(writer_->commit(descriptor_.digest));
    } else if (const oci::Digest digest = hash_.finish(); digest != descriptor_.digest) {
      return fail(ErrorKind::corrupt, "the content's digest is " + digest.str());
    }
    return {};
  }

 private:
  std::unexpected<Error> wrong_size(std::string_view relation) const {
    return fail(ErrorKind::corrupt,
                fmt::format("{} the {} bytes of its descriptor", relation, descriptor_.size));
  }

  std::unique_ptr<ByteSource> source_;
  const oci::Descriptor& descriptor_;
  const oci::ContentStore& blobs_;
  std::optional<oci::ContentStore::Writer> writer_;
  oci::Sha256 hash_;
  std::uint64_t size_ = 0;
};

// The tee with its first bytes looked at. Media types lie more often than content does.
class SniffedSource : public ByteSource {
 public:
  explicit SniffedSource(BlobTee& tee) : tee_(tee) {}

  Result<Compression> sniff() {
    while (head_.size() < kHeadSize) {
      const std::size_t old = head_.size();
      head_.resize(kHeadSize);
      const std::size_t size = MBUILD_TRY(tee_.read(std::span(head_).subspan(old)));
      head_.resize(old + size);
      if (size == 0) break;
    }
    return detect_compression(head_);
  }

  Result<std::size_t> read(std::span<std::byte> buffer) override {
    if (given_ == head_.size()) return tee_.read(buffer);
    const std::size_t size = std::min(buffer.size(), head_.size() - given_);
    std::memcpy(buffer.data(), head_.data() + given_, size);
    given_ += size;
    return size;
  }

 private:
  BlobTee& tee_;
  std::vector<std::byte> head_;
  std::size_t given_ = 0;
};

// Inflates into the pipe until the end or until its reader goes away.
Result<std::uint64_t> inflate(ByteSource& plain, BytePipe& pipe, oci::Sha256& hash, std::uint64_t limit) {
  for (std::uint64_t size = 0;;) {
    const std::span<std::byte> space = pipe.space();
    if (space.empty()) return size;
    const std::size_t read = MBUILD_TRY(plain.read(space));
    if (read == 0) return size;
    hash.update(space.first(read));
    size += read;
    if (size > limit) {
      return std::unexpected(
          Error(ErrorKind::no_space,
                fmt::format("it unpacks to more than the {} bytes that are allowed", limit))
              .with_hint("if you trust where it comes from, allow more with --max-unpacked-size"));
    }
    pipe.wrote(read);
  }
}

}  // namespace

Result<ImportedLayer> import_layer(std::unique_ptr<ByteSource> blob, const oci::Descriptor& descriptor,
                                   const oci::Digest& diff_id, std::uint64_t limit,
                                   const oci::ContentStore& blobs, const MakeForm& make) {
  BlobTee tee(std::move(blob), descriptor, blobs);
  MBUILD_CHECK(tee.begin());
  auto sniffed = std::make_unique<SniffedSource>(tee);
  ImportedLayer layer;
  layer.compression = MBUILD_TRY(sniffed->sniff());
  const auto plain = make_decompressor(std::move(sniffed), layer.compression);

  BytePipe pipe;
  Result<AppliedLayer> applied;
  oci::ArchiveOptions options;
  options.limits.bytes = limit;
  std::thread maker([&] { applied = make(std::make_unique<PipeSource>(pipe), options); });
  oci::Sha256 hash;
  const Result<std::uint64_t> size = inflate(*plain, pipe, hash, limit);
  pipe.finish(size ? std::nullopt : std::optional<Error>(size.error()));
  maker.join();

  if (!size) return std::unexpected(size.error());
  if (!applied) return std::unexpected(std::move(applied).error());
  layer.content = std::move(*applied);
  layer.tar_size = *size;
  if (const oci::Digest digest = hash.finish(); digest != diff_id) {
    return fail(ErrorKind::corrupt,
                "its contents have the diffID " + digest.str() + ", not " + diff_id.str());
  }
  MBUILD_CHECK(tee.finish());
  return layer;
}

Result<AppliedLayer> unpack_archive(std::unique_ptr<ByteSource> tar, const oci::ArchiveOptions& options,
                                    int fs, const OverlayForm& form) {
  auto archive = MBUILD_TRY(oci::ArchiveReader::open(std::move(tar), options));
  AppliedLayer layer = MBUILD_TRY(apply_layer(archive, fs, form));
  MBUILD_CHECK(archive.drain());
  return layer;
}

Result<AppliedLayer> keep_archive(std::unique_ptr<ByteSource> tar, const oci::ArchiveOptions& options,
                                  const LayerDraft& draft, const OverlayForm& form) {
  const int directory = draft.folder.fd();
  auto kept = write_mounted_form(std::move(tar), options, directory);
  if (kept) {
    if (::unlinkat(directory, "fs", AT_REMOVEDIR) != 0) return fail_errno(errno, "remove an empty directory");
    return kept;
  }
  if (kept.error().kind() != ErrorKind::unsupported) return kept;
  Fd archive(::openat(directory, kArchiveFile, O_RDONLY | O_CLOEXEC));
  if (!archive) return fail_errno(errno, "open the archive");
  if (::unlinkat(directory, kArchiveFile, 0) != 0) return fail_errno(errno, "remove the archive");
  return unpack_archive(std::make_unique<FdSource>(std::move(archive), kArchiveFile), options, draft.fs.get(),
                        form);
}

}  // namespace mbuild::builder
