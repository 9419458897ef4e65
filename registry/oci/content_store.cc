#include "registry/oci/content_store.h"

#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "registry/base/fs_at.h"

namespace mbuild::oci {

namespace {

constexpr mode_t kBlobMode = 0444;

}  // namespace

Result<ContentStore> ContentStore::open(const std::string& dir) {
  const std::string path = dir + "/sha256";
  std::error_code failure;
  std::filesystem::create_directories(path, failure);
  if (failure) return fail_errno(failure.value(), "make directory " + path);
  return ContentStore(MBUILD_TRY(fs_at::open_trusted(path, O_PATH | O_DIRECTORY)));
}

Result<ContentStore::Writer> ContentStore::create() const {
  return Writer(MBUILD_TRY_AS("write blob", AtomicFile::create(dir_.get(), "blob", kBlobMode)));
}

Result<void> ContentStore::Writer::write(ByteView data) {
  MBUILD_CHECK(file_.write(data));
  hash_.update(data);
  size_ += data.size();
  return {};
}

Result<Digest> ContentStore::Writer::commit(std::optional<Digest> expected) {
  AtomicFile file = std::move(file_);
  const Digest digest = hash_.finish();
  if (expected && *expected != digest) {
    return fail(ErrorKind::corrupt, "write blob " + expected->str() + ": the content's digest is " +
                                        digest.str() + " (" + std::to_string(size_) + " bytes)");
  }
  MBUILD_CHECK_AS("write blob", file.commit_as(digest.hex()));
  return digest;
}

Result<Digest> ContentStore::put(std::string_view data) const {
  Writer writer = MBUILD_TRY(create());
  MBUILD_CHECK(writer.write(bytes_of(data)));
  return writer.commit();
}

bool ContentStore::contains(const Digest& digest) const {
  return ::faccessat(dir_.get(), digest.hex().c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

Result<std::optional<std::uint64_t>> ContentStore::size(const Digest& digest) const {
  const auto status = MBUILD_TRY_AS("look up blob " + digest.str(),
                                    fs_at::stat_if_exists(dir_.get(), digest.hex(), fs_at::Links::refuse));
  if (!status) return std::nullopt;
  return static_cast<std::uint64_t>(status->st_size);
}

Result<std::optional<Fd>> ContentStore::open_blob(const Digest& digest) const {
  const std::string action = "open blob " + digest.str();
  // A layout may hold anything in a blob's place: a FIFO must not block.
  Fd fd(
      ::openat(dir_.get(), digest.hex().c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd && errno == ENOENT) return std::nullopt;
  struct stat status {};
  if (!fd || ::fstat(fd.get(), &status) != 0) return fail_errno(errno, action);
  if (!S_ISREG(status.st_mode)) return fail(ErrorKind::corrupt, action + ": not a regular file");
  return std::optional<Fd>(std::move(fd));
}

Result<std::optional<std::string>> ContentStore::read(const Digest& digest, std::uint64_t limit) const {
  const std::string action = "read blob " + digest.str();
  auto contents = fs_at::read_file(dir_.get(), digest.hex(), fs_at::Links::refuse, limit);
  if (!contents && contents.error().kind() == ErrorKind::not_found) return std::nullopt;
  if (!contents) return std::unexpected(std::move(contents).error().context(action));
  if (Digest::of(*contents) != digest) {
    return fail(ErrorKind::corrupt, action + ": the stored content does not match the digest");
  }
  return std::optional<std::string>(std::move(*contents));
}

Result<void> ContentStore::remove(const Digest& digest) const {
  if (::unlinkat(dir_.get(), digest.hex().c_str(), 0) == 0 || errno == ENOENT) return {};
  return fail_errno(errno, "remove blob " + digest.str());
}

}  // namespace mbuild::oci
