#include "builder/context/stat_index.h"

#include "builder/context/stat_index_record.h"
#include "registry/base/atomic_file.h"
#include "registry/base/fs_at.h"

namespace mbuild::builder {

namespace {

constexpr std::string_view kMagic = "mbuild stat index 1\n";
constexpr std::size_t kTrailer = 32;  // the SHA-256 of all before it
constexpr std::uint64_t kLargest = std::uint64_t{4} << 30;
constexpr unsigned kMostUnused = 32;
constexpr std::int64_t kTick = 100'000'000;
constexpr std::int64_t kCoarseTick = 2'000'000'000;
constexpr std::int64_t kSecond = 1'000'000'000;

std::string_view bytes_of(const oci::Digest& digest) {
  return {reinterpret_cast<const char*>(digest.bytes().data()), digest.bytes().size()};
}

}  // namespace

std::string StatIndex::name_for(std::string_view context) {
  return oci::Digest::of(context).hex();
}

std::unique_ptr<StatIndex> StatIndex::open(int folder, std::string name) {
  std::unique_ptr<StatIndex> index(new StatIndex(folder, std::move(name)));
  if (!index->load()) {
    index->known_.clear();
    index->text_.clear();
  }
  return index;
}

bool StatIndex::is_whole(int folder, const std::string& name) {
  return StatIndex(folder, name).load();
}

bool StatIndex::load() {
  auto text = fs_at::read_file(folder_, name_, fs_at::Links::refuse, kLargest);
  if (!text || text->size() < kMagic.size() + kTrailer || !text->starts_with(kMagic)) return false;
  text_ = std::move(*text);
  const std::string_view body(text_.data(), text_.size() - kTrailer);
  if (bytes_of(oci::Digest::of(body)) != std::string_view(text_).substr(body.size())) return false;

  StatIndexReader reader(body.substr(kMagic.size()));
  known_.reserve(body.size() / 128);
  while (!reader.at_end()) {
    auto record = reader.next();
    if (!record) return false;
    Known& known = known_[record->path];
    known.identity = record->identity;
    known.facts = std::move(record->facts);
    known.unused = record->unused;
  }
  return true;
}

std::optional<FileFacts> StatIndex::find(std::string_view path, const FileIdentity& identity) const {
  const auto known = known_.find(path);
  if (known == known_.end() || known->second.identity != identity) return std::nullopt;
  known->second.used.store(true, std::memory_order_relaxed);
  return known->second.facts;
}

bool StatIndex::is_racy(const FileIdentity& identity, std::int64_t hashed_at) {
  const std::int64_t tick = identity.ctime % kSecond == 0 ? kCoarseTick : kTick;
  return identity.ctime > hashed_at - tick;
}

void StatIndex::record(std::string path, const FileIdentity& identity, FileFacts facts,
                       std::int64_t hashed_at) {
  if (is_racy(identity, hashed_at)) return;
  const std::lock_guard lock(mutex_);
  added_[std::move(path)] = {identity, std::move(facts)};
}

std::string StatIndex::encode() const {
  std::string text(kMagic);
  text.reserve(text_.size() + added_.size() * 160 + kTrailer);
  for (const auto& [path, known] : known_) {
    const unsigned unused = known.used.load(std::memory_order_relaxed) ? 0 : known.unused + 1;
    if (unused > kMostUnused || added_.contains(std::string(path))) continue;
    append_stat_index_record(text, path, known.identity, known.facts, unused);
  }
  for (const auto& [path, fact] : added_) append_stat_index_record(text, path, fact.first, fact.second, 0);
  return text += bytes_of(oci::Digest::of(std::string_view(text)));
}

Result<void> StatIndex::save() {
  const std::lock_guard lock(mutex_);
  if (added_.empty()) return {};
  AtomicFile file = MBUILD_TRY_AS("save stat index", AtomicFile::create(folder_, name_));
  MBUILD_CHECK_AS("save stat index", file.write(encode()));
  MBUILD_CHECK_AS("save stat index", file.commit());
  return {};
}

}  // namespace mbuild::builder
