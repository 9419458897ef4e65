// The blobs of packed images as streams.
#include <unistd.h>

#include <array>
#include <cerrno>
#include <vector>

#include "builder/export/pack.h"

namespace mbuild::builder {

namespace {

class FileSource : public ByteSource {
 public:
  explicit FileSource(Fd file) : file_(std::move(file)) {}
  Result<std::size_t> read(std::span<std::byte> buffer) override {
    for (;;) {
      const ssize_t size = ::read(file_.get(), buffer.data(), buffer.size());
      if (size >= 0) return static_cast<std::size_t>(size);
      if (errno != EINTR) return fail_errno(errno, "read a blob");
    }
  }

 private:
  Fd file_;
};

}  // namespace

Result<std::unique_ptr<ByteSource>> open_layer_blob(const LayerBlob& blob, const ExportServices& services) {
  const std::string action = "open layer blob " + blob.digest.str();
  auto file = MBUILD_TRY_AS(action, services.layers->blobs().open_blob(blob.digest));
  if (file) return std::make_unique<FileSource>(std::move(*file));
  if (blob.source.empty()) return fail(ErrorKind::not_found, action + ": it is not in the store");
  if (services.registry == nullptr) {
    return fail(ErrorKind::unsupported,
                action + ": it has to come from " + blob.source + ", and there is no registry");
  }
  const oci::Reference source = MBUILD_TRY_AS(action, oci::Reference::parse(blob.source));
  oci::Descriptor descriptor;
  descriptor.media_type = oci::layer_media_type(blob.compression, false);
  descriptor.digest = blob.digest;
  descriptor.size = blob.size;
  return services.registry->open_blob(source, descriptor);
}

Result<void> copy_bytes(ByteSource& source, ByteSink& sink) {
  std::vector<std::byte> buffer(256 << 10);
  for (;;) {
    const std::size_t size = MBUILD_TRY(source.read(buffer));
    if (size == 0) return {};
    MBUILD_CHECK(sink.write(ByteView(buffer).first(size)));
  }
}

}  // namespace mbuild::builder
