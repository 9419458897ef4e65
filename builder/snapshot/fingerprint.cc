#include "builder/snapshot/fingerprint.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "builder/snapshot/directory.h"
#include "builder/snapshot/layer_files.h"

namespace mbuild::builder {

namespace {

constexpr std::size_t kReadSize = 256 << 10;
// Files are gathered into batches to be hashed together; the bounds keep memory small.
constexpr std::size_t kBatchFiles = 2048;
constexpr std::uint64_t kBatchBytes = 256 << 20;
// Below this a second thread costs more than it saves.
constexpr std::uint64_t kBytesWorthAThread = 1 << 20;
constexpr std::size_t kFilesWorthAThread = 128;

Result<oci::Digest> hash_content(int fs, oci::Entry& entry, std::span<std::byte> buffer) {
  const Fd file = MBUILD_TRY(open_content(fs, entry));
  oci::Sha256 hash;
  for (std::uint64_t left = entry.size; left != 0;) {
    const ssize_t size = ::read(file.get(), buffer.data(), std::min<std::uint64_t>(left, buffer.size()));
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return fail_errno(errno, entry.path);
    if (size == 0)
      return fail(ErrorKind::corrupt, entry.path + ": the file became shorter while it was read");
    hash.update(buffer.first(static_cast<std::size_t>(size)));
    left -= static_cast<std::uint64_t>(size);
  }
  return hash.finish();
}

class Fingerprinter {
 public:
  Fingerprinter(int fs, const TimeRange& touched) : fs_(fs), content_(touched) {}

  Result<void> add(LayerFile file) {
    batch_bytes_ += file.entry.size;
    batch_.push_back({std::move(file), {}});
    if (batch_.size() < kBatchFiles && batch_bytes_ < kBatchBytes) return {};
    return flush();
  }

  Result<LayerContent> finish() {
    MBUILD_CHECK(flush());
    return content_.finish();
  }

 private:
  struct Item {
    LayerFile file;
    oci::Digest content;
  };

  Result<void> flush() {
    MBUILD_CHECK(hash_files());
    for (const Item& item : batch_) content_.add(item.file.entry, item.content, item.file.whiteout);
    batch_.clear();
    batch_bytes_ = 0;
    return {};
  }

  // Every worker takes the next file until none is left.
  Result<void> hash_files() {
    std::atomic<std::size_t> next{0};
    std::atomic<bool> failed{false};
    const auto work = [&]() -> Result<void> {
      const auto buffer = std::make_unique_for_overwrite<std::byte[]>(kReadSize);
      for (std::size_t i = next++; i < batch_.size() && !failed; i = next++) {
        Item& item = batch_[i];
        if (item.file.whiteout || item.file.entry.type != oci::EntryType::regular) continue;
        auto digest = hash_content(fs_, item.file.entry, {buffer.get(), kReadSize});
        if (!digest) {
          failed = true;
          return std::unexpected(std::move(digest).error());
        }
        item.content = *digest;
      }
      return {};
    };
    std::vector<Result<void>> results(helpers());
    std::vector<std::thread> threads;
    for (Result<void>& result : results) threads.emplace_back([&work, &result] { result = work(); });
    const Result<void> own = work();
    for (std::thread& thread : threads) thread.join();
    MBUILD_CHECK(own);
    for (Result<void>& result : results) MBUILD_CHECK(std::move(result));
    return {};
  }

  std::size_t helpers() const {
    if (batch_bytes_ < kBytesWorthAThread && batch_.size() < kFilesWorthAThread) return 0;
    return std::max(1U, std::thread::hardware_concurrency()) - 1;
  }

  int fs_;
  ContentHash content_;
  std::vector<Item> batch_;
  std::uint64_t batch_bytes_ = 0;
};

}  // namespace

void ContentHash::add(const oci::Entry& entry, const oci::Digest& content, bool whiteout) {
  ++content_.entries;
  content_.bytes += entry.size;
  std::string record = oci::fingerprint_record(entry, content);
  if (whiteout) {
    content_.whiteouts = true;
    record += 'w';
  } else if (touched_.contains(entry.mtime)) {
    record += 't';
  } else {
    record += 'm' + std::to_string(whole_seconds(entry.mtime));
  }
  hash_.update(std::to_string(record.size()) + ':' + record);
}

LayerContent ContentHash::finish() {
  content_.fingerprint = hash_.finish();
  return content_;
}

Result<LayerContent> fingerprint_layer(int fs, const TimeRange& touched) {
  Fingerprinter fingerprinter(fs, touched);
  MBUILD_CHECK(walk_layer(fs, [&](LayerFile file) { return fingerprinter.add(std::move(file)); }));
  return fingerprinter.finish();
}

}  // namespace mbuild::builder
