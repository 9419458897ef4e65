#include "builder/snapshot/archive_layer.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "builder/snapshot/byte_pipe.h"
#include "builder/snapshot/commit.h"
#include "builder/snapshot/earlier_archive.h"
#include "builder/snapshot/erofs_image.h"
#include "builder/snapshot/erofs_tree.h"
#include "builder/snapshot/layer_folders.h"
#include "registry/base/fd_stream.h"
#include "registry/oci/archive_writer.h"
#include "registry/oci/digest.h"
#include "registry/oci/tar_header.h"

namespace mbuild::builder {

namespace {

// The first bytes of a source, hashed on their way. That there are no more is not asked for.
class HashingSource : public ByteSource {
 public:
  HashingSource(ByteSource& source, std::uint64_t size, oci::Sha256& hash)
      : source_(source), left_(size), hash_(hash) {}
  Result<std::size_t> read(std::span<std::byte> buffer) override {
    if (left_ == 0) return 0;
    const std::size_t size = MBUILD_TRY(source_.read(buffer));
    hash_.update(ByteView(buffer.first(size)));
    left_ -= size;
    return size;
  }

 private:
  ByteSource& source_;
  std::uint64_t left_;
  oci::Sha256& hash_;
};

Result<Fd> create_file(int directory, const char* name) {
  Fd file(::openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file) return fail_errno(errno, std::string("create ") + name);
  return file;
}

// Whatever is wrong with it, the layer can do without.
EarlierArchive open_earlier(const LayerFolders& folders, const std::string& id) {
  if (id.empty()) return {};
  const auto record = folders.read(id);
  if (!record || !*record) return {};
  auto tarball = folders.open_archive_file(id);
  return tarball && *tarball ? EarlierArchive(std::move(*tarball)) : EarlierArchive();
}

}  // namespace

struct ArchiveLayer::State {
  State(LayerStore& layers, const CommitOptions& with, LayerDraft made, Fd created, EarlierArchive before)
      : store(layers),
        definition(with.definition),
        draft(std::move(made)),
        file(std::move(created)),
        kept(file.get(), kArchiveFile),
        hash(&kept),
        async(hash),
        writer(async),
        content(touched_since(with.started)),
        earlier(std::move(before)) {}

  // A regular file that has just been written.
  Result<void> note(const oci::Entry& entry, const oci::Digest& digest) {
    content.add(entry, digest, false);
    return tree.add(entry, writer.size() - oci::tar_padding(entry.size) - entry.size);
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
  EarlierArchive earlier;
  oci::Sha256 file_hash;
};

ArchiveLayer::ArchiveLayer(std::unique_ptr<State> state) : state_(std::move(state)) {}
ArchiveLayer::ArchiveLayer(ArchiveLayer&&) noexcept = default;
ArchiveLayer& ArchiveLayer::operator=(ArchiveLayer&&) noexcept = default;
ArchiveLayer::~ArchiveLayer() = default;

Result<ArchiveLayer> ArchiveLayer::begin(LayerStore& store, const CommitOptions& options,
                                         const std::string& earlier) {
  LayerDraft draft = MBUILD_TRY(store.folders().make_draft());
  Fd file = MBUILD_TRY(create_file(draft.folder.fd(), kArchiveFile));
  return ArchiveLayer(std::make_unique<State>(store, options, std::move(draft), std::move(file),
                                              open_earlier(store.folders(), earlier)));
}

std::int64_t ArchiveLayer::now() const {
  return state_->content.touched().to;
}

Result<void> ArchiveLayer::add(const oci::Entry& entry) {
  state_->content.add(entry, {}, false);
  MBUILD_CHECK(state_->tree.add(entry, 0));
  return state_->writer.add(entry);
}

Result<oci::Digest> ArchiveLayer::add(const oci::Entry& entry, ByteSource& data) {
  HashingSource hashed(data, entry.size, state_->file_hash);
  MBUILD_CHECK(state_->writer.add(entry, hashed));
  const oci::Digest digest = state_->file_hash.finish();
  MBUILD_CHECK(state_->note(entry, digest));
  return digest;
}

Result<bool> ArchiveLayer::add_unchanged(const oci::Entry& entry, const oci::Digest& content) {
  const auto data = state_->earlier.find(entry.path, entry.size);
  if (!data) return false;
  state_->file_hash.update(*data);
  if (state_->file_hash.finish() != content) return false;
  MBUILD_CHECK(state_->writer.add(entry, *data));
  MBUILD_CHECK(state_->note(entry, content));
  return true;
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
