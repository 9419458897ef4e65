#include "builder/context/http_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <limits>

#include "builder/context/file_metadata.h"
#include "parser/remote_source.h"
#include "registry/base/archive_head.h"
#include "registry/base/copy_file.h"
#include "registry/base/fd_stream.h"
#include "registry/base/fs_at.h"
#include "registry/oci/archive_reader.h"

namespace mbuild::builder {

namespace {

constexpr std::int64_t kNanoseconds = 1'000'000'000;
constexpr std::int64_t kLastSecond = 9'223'372'035;  // in 2262: 64 bits of nanoseconds end there

Result<std::optional<std::int64_t>> newest_file(Fd archive) {
  oci::ArchiveOptions options;
  options.decompress = true;
  auto members = MBUILD_TRY(
      oci::ArchiveReader::open(std::make_unique<FdSource>(std::move(archive), "the download"), options));
  std::optional<std::int64_t> newest;
  while (const auto member = MBUILD_TRY(members.next())) {
    const bool counts = member->type == oci::EntryType::regular &&
                        member->mtime != std::numeric_limits<std::int64_t>::max();  // beyond what it can hold
    if (counts) newest = std::max(newest.value_or(member->mtime), member->mtime);
  }
  if (newest) *newest /= kNanoseconds;
  return newest;
}

}  // namespace

// The lock is held by the callers.
Result<const Download*> HttpFiles::fetch() {
  if (!download_) download_ = MBUILD_TRY(downloads_.fetch(request_.url, request_.checksum, request_.options));
  return &*download_;
}

Result<std::string> HttpFiles::version() {
  const std::lock_guard lock(mutex_);
  const Download* download = MBUILD_TRY(fetch());
  return fmt::format("{} {} {}", download->content.str(), download->last_modified, request_.name);
}

Result<Fd> HttpFiles::open_blob() {
  const Download* download = MBUILD_TRY(fetch());
  auto blob = MBUILD_TRY(blobs_.open_blob(download->content));
  if (!blob) return fail(ErrorKind::not_found, "the download is not in the store any more");
  return std::move(*blob);
}

Result<Fd> HttpFiles::content() {
  const std::lock_guard lock(mutex_);
  return open_blob();
}

Result<void> HttpFiles::make_file() {
  const Fd blob = MBUILD_TRY(open_blob());
  ScratchFolder folder = MBUILD_TRY(ScratchFolder::make(request_.work, request_.work_name));
  const Fd file(
      ::openat(folder.fd(), request_.name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file) return fail_errno(errno, "create " + request_.name);
  MBUILD_CHECK(copy_file(blob.get(), file.get()));
  FileMetadata metadata;
  metadata.mode = 0600;
  metadata.owner = {::geteuid(), ::getegid()};
  metadata.mtime = std::clamp(download_->last_modified, std::int64_t{0}, kLastSecond) * kNanoseconds;
  MBUILD_CHECK(apply_metadata(file.get(), metadata, {}));
  folder_ = std::move(folder);
  return {};
}

Result<bool> HttpFiles::is_archive(int blob) const {
  std::array<std::byte, kArchiveHead> head;
  const ssize_t size = ::pread(blob, head.data(), head.size(), 0);
  if (size < 0) return fail_errno(errno, "read the download");
  return looks_like_archive(ByteView(head).first(static_cast<std::size_t>(size)));
}

Result<void> HttpFiles::unpack() {
  Fd blob = MBUILD_TRY(open_blob());
  if (!MBUILD_TRY(is_archive(blob.get())))
    return fail(ErrorKind::invalid_input,
                parser::without_password(request_.url) + ": a build context must be a tar archive");
  files_ = std::make_unique<TarContext>(
      MBUILD_TRY(TarContext::unpack(std::make_unique<FdSource>(std::move(blob), "the download"),
                                    request_.work, request_.work_name, request_.unpacked_limit)));
  return {};
}

Result<SourceTree> HttpFiles::open() {
  const std::lock_guard lock(mutex_);
  if (request_.name.empty()) {
    if (!files_) MBUILD_CHECK(unpack());
    return files_->tree();
  }
  if (!folder_) MBUILD_CHECK_AS("ADD " + parser::without_password(request_.url), make_file());
  return SourceTree{
      .root = folder_.fd(), .ignore = {}, .ownership = Ownership::root, .index = nullptr, .immutable = true};
}

Result<std::optional<std::int64_t>> HttpFiles::time() {
  const std::lock_guard lock(mutex_);
  const Download* download = MBUILD_TRY(fetch());
  if (download->last_modified != 0) return download->last_modified;
  Fd blob = MBUILD_TRY(open_blob());
  if (!MBUILD_TRY(is_archive(blob.get()))) return std::nullopt;
  return newest_file(std::move(blob));
}

}  // namespace mbuild::builder
