#include "registry/base/file_owner.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <fstream>
#include <optional>
#include <string>

namespace mbuild {

namespace {

constexpr char kRecord[] = "user.mbuild.owner";

struct FileOwner {
  uid_t uid = 0;
  gid_t gid = 0;
  friend bool operator==(const FileOwner&, const FileOwner&) = default;
};

// FNV-1a: names can be longer than the names of attributes.
std::string record_of_name(std::string_view name) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char character : name) {
    hash = (hash ^ static_cast<unsigned char>(character)) * 0x100000001b3;
  }
  char text[32];
  std::snprintf(text, sizeof text, ".%016llx", static_cast<unsigned long long>(hash));
  return std::string(kRecord) + text;
}

std::string text_of(const FileOwner& owner) {
  return std::to_string(owner.uid) + ":" + std::to_string(owner.gid);
}

std::optional<FileOwner> parse(std::string_view text) {
  FileOwner owner;
  const char* end = text.data() + text.size();
  const auto uid = std::from_chars(text.data(), end, owner.uid);
  if (uid.ec != std::errc() || uid.ptr == end || *uid.ptr != ':') return std::nullopt;
  const auto gid = std::from_chars(uid.ptr + 1, end, owner.gid);
  if (gid.ec != std::errc() || gid.ptr != end) return std::nullopt;
  return owner;
}

// A file by its directory, or by itself when `name` is empty.
std::string path_of(int fd, const char* name) {
  std::string path = "/proc/self/fd/" + std::to_string(fd);
  if (*name != '\0') path.append("/").append(name);
  return path;
}

// Where the owner of a file is noted: the path of what has the attribute, and the attribute.
struct Place {
  std::string path;
  std::string attribute;
  bool follow;  // the path is a magic link, to be followed
};

Place place_at(int directory, const char* name, mode_t mode) {
  if (S_ISREG(mode) || S_ISDIR(mode)) return {path_of(directory, name), kRecord, false};
  return {path_of(directory, ""), record_of_name(name), true};
}

FileOwner read(const Place& place) {
  char text[32];
  const ssize_t size = place.follow
                           ? ::getxattr(place.path.c_str(), place.attribute.c_str(), text, sizeof text)
                           : ::lgetxattr(place.path.c_str(), place.attribute.c_str(), text, sizeof text);
  if (size < 0) return {};
  return parse({text, static_cast<std::size_t>(size)}).value_or(FileOwner{});
}

int write(const Place& place, const FileOwner& owner) {
  const char* path = place.path.c_str();
  const char* attribute = place.attribute.c_str();
  if (owner == FileOwner{}) {
    const int removed = place.follow ? ::removexattr(path, attribute) : ::lremovexattr(path, attribute);
    return removed == 0 || errno == ENODATA || errno == ENOTSUP ? 0 : -1;
  }
  const std::string text = text_of(owner);
  return place.follow ? ::setxattr(path, attribute, text.data(), text.size(), 0)
                      : ::lsetxattr(path, attribute, text.data(), text.size(), 0);
}

// By a descriptor that is open for more than its path (EBADF otherwise): that works where there is no /proc.
int write(int fd, const FileOwner& owner) {
  if (owner == FileOwner{}) {
    return ::fremovexattr(fd, kRecord) == 0 || errno == ENODATA || errno == ENOTSUP ? 0 : -1;
  }
  const std::string text = text_of(owner);
  return ::fsetxattr(fd, kRecord, text.data(), text.size(), 0);
}

FileOwner changed(FileOwner owner, uid_t uid, gid_t gid) {
  if (uid != static_cast<uid_t>(-1)) owner.uid = uid;
  if (gid != static_cast<gid_t>(-1)) owner.gid = gid;
  return owner;
}

enum class Recording { unknown, no, yes };
std::atomic<Recording> recording = Recording::unknown;

// A fork may enter a user namespace that its parent is not in, and finds out anew.
bool find_out() {
  static const bool forks_forget =
      ::pthread_atfork(nullptr, nullptr, [] { recording = Recording::unknown; }) == 0;
  const bool recorded = count_mapped_users() == 1;
  if (forks_forget) recording = recorded ? Recording::yes : Recording::no;
  return recorded;
}

}  // namespace

std::uint64_t count_mapped_users() {
  std::ifstream map("/proc/self/uid_map");
  std::uint64_t inside = 0;
  std::uint64_t outside = 0;
  std::uint64_t count = 0;
  std::uint64_t total = 0;
  while (map >> inside >> outside >> count) total += count;
  return total;
}

bool owners_are_recorded() {
  const Recording known = recording.load(std::memory_order_relaxed);
  return known == Recording::unknown ? find_out() : known == Recording::yes;
}

// The one id's own change of owner does what any other does to a file: its ctime, and its set-user-ID bits.
int set_owner(int fd, uid_t uid, gid_t gid) {
  if (!owners_are_recorded()) return ::fchown(fd, uid, gid);
  if (::fchownat(fd, "", ::geteuid(), ::getegid(), AT_EMPTY_PATH) != 0) return -1;
  const Place place{path_of(fd, ""), kRecord, true};
  const FileOwner owner = changed(read(place), uid, gid);
  return write(fd, owner) == 0 ? 0 : errno == EBADF ? write(place, owner) : -1;
}

int set_owner_at(int directory, const char* name, uid_t uid, gid_t gid) {
  if (!owners_are_recorded()) return ::fchownat(directory, name, uid, gid, AT_SYMLINK_NOFOLLOW);
  struct stat status {};
  if (::fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) != 0) return -1;
  if (::fchownat(directory, name, ::geteuid(), ::getegid(), AT_SYMLINK_NOFOLLOW) != 0) return -1;
  const Place place = place_at(directory, name, status.st_mode);
  return write(place, changed(read(place), uid, gid));
}

void read_owner(int fd, struct stat& status) {
  if (!owners_are_recorded()) return;
  const FileOwner owner = read({path_of(fd, ""), kRecord, true});
  status.st_uid = owner.uid;
  status.st_gid = owner.gid;
}

void read_owner_at(int directory, const char* name, struct stat& status) {
  if (!owners_are_recorded()) return;
  const FileOwner owner = read(place_at(directory, name, status.st_mode));
  status.st_uid = owner.uid;
  status.st_gid = owner.gid;
}

bool is_owner_record(std::string_view xattr) {
  return xattr.starts_with(kRecord);
}

}  // namespace mbuild
