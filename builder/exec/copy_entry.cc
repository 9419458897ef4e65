#include "builder/exec/copy_entry.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "builder/context/rooted_path.h"
#include "builder/context/walk.h"
#include "builder/exec/copy_data.h"
#include "registry/base/copy_file.h"

namespace mbuild::builder {

namespace {

// Files up to this size are compared with their fingerprint as they pass through memory, larger ones only
// when their times could not show a change.
constexpr std::uint64_t kSmall = 128 << 10;

std::string full_path(const CopyDirectory& directory, const std::string& name) {
  return "/" + join_path(directory.path, name);
}

Result<Fd> create_file(const CopyDirectory& to, const std::string& name, std::uint32_t mode) {
  Fd fd;
  MBUILD_CHECK(make_entry(to, name, [&] {
    fd.reset(::openat(to.fd, name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode & 0777));
    return fd ? 0 : -1;
  }));
  return fd;
}

bool is_gone(int errnum) {
  return errnum == ENOENT || errnum == ELOOP || errnum == ENXIO || errnum == ENOTDIR;
}

}  // namespace

Result<void> make_room(const CopyDirectory& to, const std::string& name, int error) {
  if (error != EEXIST) return fail_errno(error, "create " + full_path(to, name));
  struct stat status {};
  if (::fstatat(to.fd, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(status.st_mode)) {
    return fail(ErrorKind::invalid_input,
                "cannot replace to directory " + full_path(to, name) + " with file");
  }
  if (::unlinkat(to.fd, name.c_str(), 0) != 0) return fail_errno(errno, "replace " + full_path(to, name));
  return {};
}

Result<void> EntryWriter::write(const CopyDirectory& from, const SourceFile& file, const CopyDirectory& to,
                                const std::string& name) const {
  switch (file.type) {
    case oci::EntryType::regular:
      return write_regular(from, file, to, name);
    case oci::EntryType::symlink:
      return write_link(file, to, name);
    case oci::EntryType::character_device:
    case oci::EntryType::block_device:
    case oci::EntryType::fifo:
      return write_node(file, to, name);
    case oci::EntryType::directory:
    case oci::EntryType::hardlink:
      break;
  }
  return fail(ErrorKind::internal, "copy /" + join_path(from.path, file.name) + ": not a file of its own");
}

Result<void> EntryWriter::write_regular(const CopyDirectory& from, const SourceFile& file,
                                        const CopyDirectory& to, const std::string& name) const {
  const FileMetadata landing = landing_of(file, options_);
  const std::string source = join_path(from.path, file.name);
  if (file.socket) {
    const Fd out = MBUILD_TRY(create_file(to, name, landing.mode));
    MBUILD_CHECK_AS(full_path(to, name), apply_metadata(out.get(), landing, file.xattrs));
    return {};
  }
  const Fd in(::openat(from.fd, file.name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!in) {
    if (tree_.immutable || !is_gone(errno)) return fail_errno(errno, "open /" + source);
    changes_.add(source);
    return {};
  }
  const Fd out = MBUILD_TRY(create_file(to, name, landing.mode));
  const bool same = MBUILD_TRY_AS("copy /" + source, copy_content(in.get(), out.get(), file));
  if (same && fingerprinted_) {
    MBUILD_CHECK_AS(full_path(to, name), apply_metadata(out.get(), landing, file.xattrs));
    return {};
  }
  if (!same) {
    changes_.add(source);
    if (!changes_.accepted()) return {};
    const SourceFile newer = MBUILD_TRY_AS("copy /" + source, copy_anew(in.get(), out.get(), file));
    MBUILD_CHECK_AS(full_path(to, name),
                    apply_metadata(out.get(), landing_of(newer, options_), newer.xattrs));
    return {};
  }
  const XattrMap xattrs = MBUILD_TRY_AS("copy /" + source, read_xattrs(in.get()));
  MBUILD_CHECK_AS(full_path(to, name), apply_metadata(out.get(), landing, xattrs));
  return {};
}

// False when the file is not what the selection says.
Result<bool> EntryWriter::copy_content(int in, int out, const SourceFile& file) const {
  const std::uint64_t size = file.identity.size;
  if (!tree_.immutable && (size <= kSmall || file.racy)) {
    oci::Sha256 hash;
    if (MBUILD_TRY(copy_data(in, out, size, &hash)) != size || hash.finish() != file.content) return false;
  } else if (size <= kSmall) {
    if (MBUILD_TRY(copy_data(in, out, size, nullptr)) != size) return false;
  } else if (MBUILD_TRY(mbuild::copy_file(in, out)) != size) {
    return false;
  }
  if (tree_.immutable) return true;
  struct stat status {};
  if (::fstat(in, &status) != 0) return fail_errno(errno, "stat");
  return S_ISREG(status.st_mode) && FileIdentity::of(status) == file.identity;
}

// Copies what is there now, to its end, and gives its description.
Result<SourceFile> EntryWriter::copy_anew(int in, int out, const SourceFile& file) const {
  if (::ftruncate(out, 0) != 0) return fail_errno(errno, "truncate");
  MBUILD_CHECK(mbuild::copy_file(in, out));
  struct stat status {};
  if (::fstat(in, &status) != 0) return fail_errno(errno, "stat");
  SourceFile newer = describe_file(tree_, file.name, status);
  newer.xattrs = MBUILD_TRY(read_xattrs(in));
  return newer;
}

Result<void> EntryWriter::write_link(const SourceFile& file, const CopyDirectory& to,
                                     const std::string& name) const {
  MBUILD_CHECK(make_entry(to, name, [&] { return ::symlinkat(file.link.c_str(), to.fd, name.c_str()); }));
  MBUILD_CHECK_AS(full_path(to, name), apply_metadata_at(to.fd, name, landing_of(file, options_), true));
  return {};
}

Result<void> EntryWriter::write_node(const SourceFile& file, const CopyDirectory& to,
                                     const std::string& name) const {
  const mode_t type = file.type == oci::EntryType::fifo               ? S_IFIFO
                      : file.type == oci::EntryType::character_device ? S_IFCHR
                                                                      : S_IFBLK;
  const dev_t device = makedev(file.device_major, file.device_minor);
  MBUILD_CHECK(make_entry(to, name, [&] { return ::mknodat(to.fd, name.c_str(), type | 0600, device); }));
  MBUILD_CHECK_AS(full_path(to, name), apply_metadata_at(to.fd, name, landing_of(file, options_), false));
  return {};
}

Result<void> EntryWriter::write_text(const SelectedSource& source, const CopyDirectory& to,
                                     const std::string& name) const {
  FileMetadata landing = landing_of(source.file, options_);
  const Fd out = MBUILD_TRY(create_file(to, name, landing.mode));
  const std::string& text = *source.text;
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t count = ::write(out.get(), text.data() + done, text.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail_errno(errno, "write " + full_path(to, name));
    done += static_cast<std::size_t>(count);
  }
  struct stat status {};
  if (::fstat(out.get(), &status) != 0) return fail_errno(errno, "stat " + full_path(to, name));
  landing.mtime = FileIdentity::of(status).mtime;  // such a file is as old as its making
  MBUILD_CHECK_AS(full_path(to, name), apply_metadata(out.get(), landing, {}));
  return {};
}

}  // namespace mbuild::builder
