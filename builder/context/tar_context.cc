#include "builder/context/tar_context.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <utility>

#include "builder/context/extract.h"
#include "registry/base/fs_at.h"

namespace mbuild::builder {

namespace {

// Whoever sent the stream is to blame for what is wrong with it.
Error blame_sender(const Error& error) {
  const bool content = error.kind() == ErrorKind::corrupt;
  Error blamed(content ? ErrorKind::invalid_input : error.kind(), error.message());
  return std::move(blamed).context("unpack build context");
}

Result<void> extract(std::unique_ptr<ByteSource> stream, int root) {
  oci::ArchiveOptions options;
  options.decompress = true;
  auto archive = MBUILD_TRY(oci::ArchiveReader::open(std::move(stream), options));
  MBUILD_CHECK(extract_archive(archive, root, {}));
  return archive.drain();
}

}  // namespace

TarContext::TarContext(int work, std::string name, Fd root)
    : work_(work), name_(std::move(name)), root_(std::move(root)) {}

TarContext::TarContext(TarContext&& other) noexcept
    : work_(std::exchange(other.work_, -1)), name_(std::move(other.name_)), root_(std::move(other.root_)) {}

TarContext& TarContext::operator=(TarContext&& other) noexcept {
  if (this == &other) return *this;
  remove();
  work_ = std::exchange(other.work_, -1);
  name_ = std::move(other.name_);
  root_ = std::move(other.root_);
  return *this;
}

TarContext::~TarContext() {
  remove();
}

void TarContext::remove() noexcept {
  root_.reset();
  // What cannot be removed now is swept when the store is opened next.
  if (work_ >= 0) static_cast<void>(fs_at::remove_tree(work_, name_));
  work_ = -1;
}

Result<TarContext> TarContext::unpack(std::unique_ptr<ByteSource> stream, int work, std::string name) {
  if (::mkdirat(work, name.c_str(), 0700) != 0)
    return fail_errno(errno, "make a folder for the build context");
  TarContext context(work, name, Fd());
  context.root_ = MBUILD_TRY(fs_at::open(work, name, O_RDONLY | O_DIRECTORY, fs_at::Links::refuse));
  const Result<void> extracted = extract(std::move(stream), context.root_.get());
  if (!extracted) return std::unexpected(blame_sender(extracted.error()));
  return context;
}

SourceTree TarContext::tree() const {
  return {
      .root = root_.get(), .ignore = {}, .ownership = Ownership::keep, .index = nullptr, .immutable = true};
}

}  // namespace mbuild::builder
