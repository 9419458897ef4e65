#include "builder/cache/action_cache.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <ctime>
#include <utility>

#include "builder/cache/record.h"
#include "builder/cache/store_folder.h"
#include "registry/base/fs_at.h"

namespace mbuild::builder {

namespace {

constexpr std::string_view kKind = "action";
constexpr std::uint64_t kMaxSize = 16 << 10;
constexpr std::int64_t kUseResolution = 3600;  // seconds

std::string boot_id() {
  const auto file = fs_at::open_trusted("/proc/sys/kernel/random/boot_id", O_RDONLY);
  std::array<char, 36> text{};  // a UUID
  if (!file || ::read(file->get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) return {};
  return {text.data(), text.size()};
}

std::string folder_of(const oci::Digest& key) {
  return key.hex().substr(0, 2);
}
std::string path_of(const oci::Digest& key) {
  return folder_of(key) + "/" + key.hex();
}

// The time of the last use is a matter for pruning; a shared, read-only store does without.
void mark_used(int dir, const std::string& path) {
  struct stat status {};
  if (::fstatat(dir, path.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return;
  if (std::time(nullptr) - status.st_mtim.tv_sec < kUseResolution) return;
  ::utimensat(dir, path.c_str(), nullptr, AT_SYMLINK_NOFOLLOW);
}

// A number that a time or a duration can be.
std::optional<std::int64_t> signed_number(const Record& record, std::string_view name) {
  const auto value = record.natural(name);
  if (!value || !std::in_range<std::int64_t>(*value)) return std::nullopt;
  return static_cast<std::int64_t>(*value);
}

std::optional<ActionResult> from_record(const Record& record, const std::string& boot) {
  const auto layer = record.text("layer");
  const auto fingerprint = oci::Digest::parse(record.text("fingerprint").value_or(""));
  const auto created = signed_number(record, "created");
  const auto wall = signed_number(record, "wall");
  const auto cpu = signed_number(record, "cpu");
  const auto memory = record.natural("memory");
  const auto written_in = record.text("boot");
  if (!layer || layer->empty() || !fingerprint || !created || !wall || !cpu || !memory || !written_in) {
    return std::nullopt;
  }
  ActionResult result;
  result.layer = *layer;
  result.fingerprint = *fingerprint;
  result.created = *created;
  result.resources = {std::chrono::nanoseconds(*wall), std::chrono::nanoseconds(*cpu), *memory};
  result.needs_check = !record.text("confirmed") && (boot.empty() || *written_in != boot);
  return result;
}

}  // namespace

Result<ActionCache> ActionCache::open(const std::string& store_root) {
  return ActionCache(MBUILD_TRY_AS("open the action cache", open_store_folder(store_root, "actions")),
                     boot_id());
}

std::optional<ActionResult> ActionCache::find(const oci::Digest& key) const {
  auto result = peek(key);
  if (result) mark_used(dir_.get(), path_of(key));
  return result;
}

std::optional<ActionResult> ActionCache::peek(const oci::Digest& key) const {
  const auto record = read_record(dir_.get(), path_of(key), kKind, kMaxSize);
  if (!record || record->text("key") != key.str()) return std::nullopt;
  return from_record(*record, boot_);
}

Result<void> ActionCache::store(const oci::Digest& key, const ActionResult& result) const {
  return write(key, result, false);
}

Result<void> ActionCache::confirm(const oci::Digest& key, const ActionResult& result) const {
  return write(key, result, true);
}

Result<void> ActionCache::write(const oci::Digest& key, const ActionResult& result, bool confirmed) const {
  Record record{std::string(kKind)};
  record.add("key", key.str());
  record.add("layer", result.layer);
  record.add("fingerprint", result.fingerprint.str());
  record.add("created", static_cast<std::uint64_t>(result.created));
  record.add("wall", static_cast<std::uint64_t>(result.resources.wall.count()));
  record.add("cpu", static_cast<std::uint64_t>(result.resources.cpu.count()));
  record.add("memory", result.resources.peak_memory_bytes);
  record.add("boot", boot_);
  if (confirmed) record.add("confirmed", "yes");

  const std::string action = "record the result of action " + key.hex().substr(0, 12);
  const Fd folder = MBUILD_TRY_AS(action, fs_at::make_directories(dir_.get(), folder_of(key), 0755));
  MBUILD_CHECK_AS(action, write_record(folder.get(), key.hex(), record));
  return {};
}

Result<void> ActionCache::remove(const oci::Digest& key) const {
  if (::unlinkat(dir_.get(), path_of(key).c_str(), 0) == 0 || errno == ENOENT) return {};
  return fail_errno(errno, "remove the record of action " + key.hex().substr(0, 12));
}

}  // namespace mbuild::builder
