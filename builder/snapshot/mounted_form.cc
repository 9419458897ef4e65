#include "builder/snapshot/mounted_form.h"

#include <fcntl.h>
#include <sys/xattr.h>

#include <cerrno>

#include "builder/snapshot/erofs_mount.h"
#include "builder/snapshot/layer_index.h"
#include "builder/snapshot/overlay_mount.h"
#include "registry/base/fd_stream.h"
#include "registry/base/memory_stream.h"
#include "registry/oci/archive_writer.h"

namespace mbuild::builder {

namespace {

constexpr int kCreate = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;

// Passes on what it reads, and keeps it.
class KeepingSource : public ByteSource {
 public:
  KeepingSource(std::unique_ptr<ByteSource> source, Fd file)
      : source_(std::move(source)), file_(std::move(file)), kept_(file_.get(), kArchiveFile) {}

  Result<std::size_t> read(std::span<std::byte> buffer) override {
    const std::size_t size = MBUILD_TRY(source_->read(buffer));
    MBUILD_CHECK(kept_.write(buffer.first(size)));
    return size;
  }

 private:
  std::unique_ptr<ByteSource> source_;
  Fd file_;
  FdSink kept_;
};

Result<Fd> create_file(int directory, const char* name) {
  Fd file(::openat(directory, name, kCreate, 0600));
  if (!file) return fail_errno(errno, std::string("create ") + name);
  return file;
}

Result<Fd> open_file(int directory, const char* name) {
  Fd file(::openat(directory, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!file) return fail_errno(errno, std::string("open ") + name);
  return file;
}

Result<Fd> mount(int directory) {
  const Fd index = MBUILD_TRY(open_file(directory, kIndexFile));
  const Fd archive = MBUILD_TRY(open_file(directory, kArchiveFile));
  return mount_erofs(index.get(), archive.get());
}

Result<std::string> sample_archive() {
  StringSink sink;
  oci::ArchiveWriter writer(sink);
  oci::Entry opaque;
  opaque.path = "d/.wh..wh..opq";
  oci::Entry file;
  file.path = "d/f";
  file.size = 1;
  MemorySource content(std::string_view("x"));
  MBUILD_CHECK(writer.add(opaque));
  MBUILD_CHECK(writer.add(file, content));
  MBUILD_CHECK(writer.finish());
  return sink.take();
}

// Whether a layer can be mounted, says what overlayfs must know, and can be seen through an overlay.
Result<void> try_sample(WorkArea& work) {
  const WorkFolder folder = MBUILD_TRY(work.make_folder());
  const std::string archive = MBUILD_TRY(sample_archive());
  MBUILD_TRY(write_mounted_form(std::make_unique<MemorySource>(archive), {}, folder.fd()));
  const Fd mounted = MBUILD_TRY(mount(folder.fd()));
  const Fd directory(::openat(mounted.get(), "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory || ::fgetxattr(directory.get(), "trusted.overlay.opaque", nullptr, 0) != 1) {
    return fail(ErrorKind::unsupported, "this kernel's EROFS keeps no extended attributes");
  }
  const Fd root(::openat(mounted.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const WorkFolder empty = MBUILD_TRY(work.make_folder());
  OverlayStack stack;
  stack.lower = {root.get(), empty.fd()};
  const auto overlay = MBUILD_TRY(mount_overlay(stack, OverlayForm(OverlayForm::Xattrs::trusted)));
  if (!overlay) return fail(ErrorKind::unsupported, "this kernel's overlayfs takes layers only as paths");
  const Fd file(::openat(overlay->get(), "d/f", O_RDONLY | O_CLOEXEC));
  char content = 0;
  if (file && ::read(file.get(), &content, 1) == 1 && content == 'x') return {};
  return fail(ErrorKind::unsupported, "files of a mounted layer cannot be read through an overlay");
}

}  // namespace

Result<AppliedLayer> write_mounted_form(std::unique_ptr<ByteSource> tar, const oci::ArchiveOptions& options,
                                        int directory) {
  auto kept =
      std::make_unique<KeepingSource>(std::move(tar), MBUILD_TRY(create_file(directory, kArchiveFile)));
  oci::ArchiveReader archive = MBUILD_TRY(oci::ArchiveReader::open(std::move(kept), options));
  LayerIndex index = MBUILD_TRY(index_layer(archive));
  const Fd file = MBUILD_TRY(create_file(directory, kIndexFile));
  MBUILD_CHECK(FdSink(file.get(), kIndexFile).write(bytes_of(index.image)));
  return std::move(index.content);
}

Result<std::unique_ptr<LayerMounts>> LayerMounts::probe(WorkArea& work) {
  MBUILD_CHECK_AS("mounted layers", try_sample(work));
  return std::make_unique<LayerMounts>();
}

Result<Fd> LayerMounts::open(const std::string& id, int directory) {
  const std::lock_guard lock(mutex_);
  auto found = mounts_.find(id);
  if (found == mounts_.end()) {
    auto mounted = mount(directory);
    // The sample could be mounted: it is this one that is wrong.
    if (!mounted && mounted.error().kind() == ErrorKind::unsupported) {
      return fail(ErrorKind::corrupt, mounted.error().message());
    }
    found = mounts_.emplace(id, MBUILD_TRY(std::move(mounted))).first;
  }
  Fd root(::openat(found->second.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!root) return fail_errno(errno, "open the root of a mounted layer");
  return root;
}

}  // namespace mbuild::builder
