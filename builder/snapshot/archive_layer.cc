#include "builder/snapshot/archive_layer.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "builder/snapshot/byte_pipe.h"
#include "builder/snapshot/commit.h"
#include "builder/snapshot/erofs_image.h"
#include "builder/snapshot/erofs_tree.h"
#include "builder/snapshot/layer_folders.h"
#include "registry/base/fd_stream.h"
#include "registry/oci/archive_writer.h"
#include "registry/oci/digest.h"
#include "registry/oci/tar_header.h"

namespace mbuild::builder {

namespace {

class HashingSource : public ByteSource {
 public:
  explicit HashingSource(ByteSource& source) : source_(source) {}
  Result<std::size_t> read(std::span<std::byte> buffer) override {
    const std::size_t size = MBUILD_TRY(source_.read(buffer));
    hash_.update(ByteView(buffer.first(size)));
    return size;
  }
  oci::Digest finish() { return hash_.finish(); }

 private:
  ByteSource& source_;
  oci::Sha256 hash_;
};

Result<Fd> create_file(int directory, const char* name) {
  Fd file(::openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file) return fail_errno(errno, std::string("create ") + name);
  return file;
}

}  // namespace

struct ArchiveLayer::State {
  State(LayerStore& layers, const CommitOptions& with, LayerDraft made, Fd created)
      : store(layers),
        definition(with.definition),
        draft(std::move(made)),
        file(std::move(created)),
        kept(file.get(), kArchiveFile),
        hash(&kept),
        async(hash),
        writer(async),
        content(touched_since(with.started)) {}

  // What the header takes is not known from outside.
  Result<void> count_header(const oci::Entry& entry) {
    header.clear();
    MBUILD_CHECK(oci::append_tar_header(entry, header));
    offset += header.size();
    return {};
  }

  LayerStore& store;
  oci::Digest definition;
  LayerDraft draft;
  Fd file;
  FdSink kept;
  oci::HashingSink hash;
  AsyncSink async;
  oci::ArchiveWriter writer;
  ErofsTree tree;
  ContentHash content;
  std::string header;
  std::uint64_t offset = 0;  // of what comes next in the tarball
};

ArchiveLayer::ArchiveLayer(std::unique_ptr<State> state) : state_(std::move(state)) {}
ArchiveLayer::ArchiveLayer(ArchiveLayer&&) noexcept = default;
ArchiveLayer& ArchiveLayer::operator=(ArchiveLayer&&) noexcept = default;
ArchiveLayer::~ArchiveLayer() = default;

Result<ArchiveLayer> ArchiveLayer::begin(LayerStore& store, const CommitOptions& options) {
  LayerDraft draft = MBUILD_TRY(store.folders().make_draft());
  Fd file = MBUILD_TRY(create_file(draft.folder.fd(), kArchiveFile));
  return ArchiveLayer(std::make_unique<State>(store, options, std::move(draft), std::move(file)));
}

std::int64_t ArchiveLayer::now() const {
  return state_->content.touched().to;
}

Result<void> ArchiveLayer::add(const oci::Entry& entry) {
  MBUILD_CHECK(state_->count_header(entry));
  state_->content.add(entry, {}, false);
  MBUILD_CHECK(state_->tree.add(entry, 0));
  return state_->writer.add(entry);
}

Result<oci::Digest> ArchiveLayer::add(const oci::Entry& entry, ByteSource& data) {
  MBUILD_CHECK(state_->count_header(entry));
  MBUILD_CHECK(state_->tree.add(entry, state_->offset));
  state_->offset += entry.size + oci::tar_padding(entry.size);
  HashingSource hashed(data);
  MBUILD_CHECK(state_->writer.add(entry, hashed));
  const oci::Digest digest = hashed.finish();
  state_->content.add(entry, digest, false);
  return digest;
}

Result<CommittedLayer> ArchiveLayer::commit() {
  State& state = *state_;
  MBUILD_CHECK(state.writer.finish());
  MBUILD_CHECK(state.async.finish());
  const std::string image = MBUILD_TRY(make_erofs_image(state.tree, state.hash.size()));
  const int directory = state.draft.folder.fd();
  const Fd index = MBUILD_TRY(create_file(directory, kIndexFile));
  MBUILD_CHECK(FdSink(index.get(), kIndexFile).write(bytes_of(image)));
  if (::unlinkat(directory, "fs", AT_REMOVEDIR) != 0) return fail_errno(errno, "remove an empty directory");

  const std::uint64_t size = state.hash.size();
  const TarRecord tar{std::nullopt, state.hash.finish(), size};
  const TimeRange touched = state.content.touched();
  return install_layer(state.store, std::move(state.draft), state.content.finish(), touched, state.definition,
                       {tar});
}

}  // namespace mbuild::builder
