#include "builder/context/content_hash.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <span>

#include "builder/context/rooted_path.h"
#include "builder/context/stat_index.h"
#include "builder/context/walk.h"
#include "builder/context/work_queue.h"
#include "registry/base/file_owner.h"
#include "registry/base/fs_at.h"
#include "registry/base/thread_buffer.h"

namespace mbuild::builder {

namespace {

constexpr int kMostAttempts = 4;
constexpr std::size_t kBatchFiles = 64;
constexpr std::uint64_t kBatchBytes = std::uint64_t{8} << 20;

std::int64_t now() {
  struct timespec time {};
  ::clock_gettime(CLOCK_REALTIME, &time);
  return static_cast<std::int64_t>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

// Files of one directory that remain to be read.
struct Batch {
  std::string directory;
  std::vector<SourceFile*> files;
  std::uint64_t bytes = 0;
};

class Hasher {
 public:
  explicit Hasher(const SourceTree& tree) : tree_(tree) {}
  Result<void> hash(const Batch& batch) const;

 private:
  Result<void> hash_file(int directory, const std::string& path, SourceFile& file) const;
  // Reads the file as it is described. False when it is not like that any more; then it is described anew.
  Result<bool> try_file(int directory, const std::string& path, SourceFile& file) const;

  const SourceTree& tree_;
};

// Hashes the first `size` bytes, or what there is of them.
Result<oci::Digest> hash_bytes(int fd, std::uint64_t size, const std::string& path) {
  const std::span<std::byte> buffer = thread_buffer();
  oci::Sha256 hash;
  for (std::uint64_t done = 0; done < size;) {
    const std::size_t wanted = static_cast<std::size_t>(std::min<std::uint64_t>(size - done, buffer.size()));
    const ssize_t count = ::read(fd, buffer.data(), wanted);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail_errno(errno, "read /" + path);
    if (count == 0) break;
    hash.update(ByteView(buffer.data(), static_cast<std::size_t>(count)));
    done += static_cast<std::uint64_t>(count);
  }
  return hash.finish();
}

Result<bool> Hasher::try_file(int directory, const std::string& path, SourceFile& file) const {
  const std::int64_t hashed_at = now();
  const Fd fd(::openat(directory, file.name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!fd) return fail_errno(errno, "open /" + path);
  file.content = MBUILD_TRY(hash_bytes(fd.get(), file.identity.size, path));
  file.xattrs = MBUILD_TRY_AS("/" + path, read_xattrs(fd.get()));
  file.racy = !tree_.immutable && StatIndex::is_racy(file.identity, hashed_at);
  if (tree_.immutable) return true;

  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return fail_errno(errno, "stat /" + path);
  if (!S_ISREG(status.st_mode))
    return fail(ErrorKind::io, "read /" + path + ": it is no regular file any more");
  if (FileIdentity::of(status) == file.identity) {
    if (tree_.index != nullptr) {
      tree_.index->record(path, file.identity, {.content = file.content, .xattrs = file.xattrs}, hashed_at);
    }
    return true;
  }
  read_owner(fd.get(), status);
  SourceFile newer = describe_file(tree_, file.name, status);
  newer.content = file.content;
  newer.racy = true;
  file = std::move(newer);
  return false;
}

Result<void> Hasher::hash_file(int directory, const std::string& path, SourceFile& file) const {
  for (int attempt = 0; attempt < kMostAttempts; ++attempt) {
    if (MBUILD_TRY(try_file(directory, path, file))) return {};
  }
  return {};
}

Result<void> Hasher::hash(const Batch& batch) const {
  const Fd fd =
      MBUILD_TRY(fs_at::open(tree_.root, batch.directory, O_RDONLY | O_DIRECTORY, fs_at::Links::refuse));
  for (SourceFile* file : batch.files) {
    MBUILD_CHECK(hash_file(fd.get(), join_path(batch.directory, file->name), *file));
  }
  return {};
}

// Gathers what the index does not know into batches.
class Gatherer {
 public:
  Gatherer(const SourceTree& tree, WorkQueue<Batch>& queue) : tree_(tree), queue_(queue) {}

  void add(SelectedSource& source) {
    if (source.text) {
      source.file.content = oci::Digest::of(*source.text);
    } else if (source.file.children) {
      add_directory(*source.file.children);
    } else {
      batch_ = {.directory = source.directory, .files = {}, .bytes = 0};
      add_file(source.file);
      flush();
    }
  }

 private:
  void add_directory(SourceDirectory& directory) {
    batch_ = {.directory = directory.path, .files = {}, .bytes = 0};
    for (SourceFile& file : directory.files) add_file(file);
    flush();
    for (SourceFile& file : directory.files) {
      if (file.children) add_directory(*file.children);
    }
  }

  void add_file(SourceFile& file) {
    if (file.type != oci::EntryType::regular || file.socket) return;
    if (tree_.index != nullptr) {
      auto facts = tree_.index->find(join_path(batch_.directory, file.name), file.identity);
      if (facts) {
        file.content = facts->content;
        file.xattrs = std::move(facts->xattrs);
        return;
      }
    }
    batch_.files.push_back(&file);
    batch_.bytes += file.identity.size;
    if (batch_.files.size() >= kBatchFiles || batch_.bytes >= kBatchBytes) flush();
  }

  void flush() {
    if (batch_.files.empty()) return;
    std::string directory = batch_.directory;
    queue_.push(std::move(batch_));
    batch_ = {.directory = std::move(directory), .files = {}, .bytes = 0};
  }

  const SourceTree& tree_;
  WorkQueue<Batch>& queue_;
  Batch batch_;
};

}  // namespace

Result<void> hash_contents(const SourceTree& tree, Selection& selection, unsigned threads) {
  const Hasher hasher(tree);
  WorkQueue<Batch> queue(threads, [&](Batch& batch, WorkQueue<Batch>&) { return hasher.hash(batch); });
  Gatherer gatherer(tree, queue);
  for (SelectedSource& source : selection.sources) gatherer.add(source);
  MBUILD_CHECK(queue.run());
  selection.fingerprinted = true;
  return {};
}

}  // namespace mbuild::builder
