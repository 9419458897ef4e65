#include "registry/base/loan.h"

#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <string_view>
#include <utility>

#include "registry/base/atomic_file.h"
#include "registry/base/fd.h"
#include "registry/base/fs_at.h"

namespace mbuild {

namespace {

constexpr std::string_view kPrefix = "loan-";
constexpr std::uint64_t kRecordLimit = 64 << 10;

// Paths are relative to the folder of the record, for a store may be mounted elsewhere the next time.
struct Record {
  ino_t lender_inode = 0;
  std::string lender;
  ino_t place_inode = 0;
  std::string place;
};

// Paths may hold anything but NUL.
std::string encode(const Record& record) {
  std::string text = fmt::format("{} {}", record.lender_inode, record.lender);
  text += '\0';
  text += fmt::format("{} {}", record.place_inode, record.place);
  text += '\0';
  return text;
}

bool take_line(std::string_view& text, ino_t& inode, std::string& path) {
  const std::size_t space = text.find(' ');
  const std::size_t end = text.find('\0');
  if (space == std::string_view::npos || end == std::string_view::npos || space > end) return false;
  inode = 0;
  for (const char digit : text.substr(0, space)) {
    if (digit < '0' || digit > '9') return false;
    inode = inode * 10 + static_cast<ino_t>(digit - '0');
  }
  path = text.substr(space + 1, end - space - 1);
  text.remove_prefix(end + 1);
  return !path.empty();
}

std::optional<Record> decode(std::string_view text) {
  Record record;
  if (!take_line(text, record.lender_inode, record.lender) ||
      !take_line(text, record.place_inode, record.place) || !text.empty())
    return std::nullopt;
  return record;
}

Result<std::string> path_of(int fd) {
  std::error_code error;
  std::string path = std::filesystem::read_symlink(fmt::format("/proc/self/fd/{}", fd), error);
  if (error) return fail_errno(error.value(), "read the path of a folder");
  return path;
}

Result<ino_t> inode_of(int fd) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return fail_errno(errno, "stat a folder");
  return status.st_ino;
}

bool is_same(int fd, ino_t inode, dev_t device) {
  struct stat status {};
  return ::fstat(fd, &status) == 0 && status.st_ino == inode && status.st_dev == device;
}

Result<void> move_missing(int from, int to) {
  for (const std::string& name : MBUILD_TRY(fs_at::list(from))) {
    int moved = ::renameat2(from, name.c_str(), to, name.c_str(), RENAME_NOREPLACE);
    // File systems without that flag (NFS).
    if (moved != 0 && errno == EINVAL && ::faccessat(to, name.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) != 0)
      moved = ::renameat(from, name.c_str(), to, name.c_str());
    if (moved != 0 && errno != EEXIST) return fail_errno(errno, "move back " + name);
  }
  return {};
}

// Whether nothing is left to be returned.
bool return_one(int folder, const Record& record) {
  struct stat own {};
  if (::fstat(folder, &own) != 0) return true;
  const auto place = fs_at::open(folder, record.place, O_RDONLY | O_DIRECTORY, fs_at::Links::refuse);
  if (!place || !is_same(place->get(), record.place_inode, own.st_dev)) return true;
  const Fd lender(::openat(folder, record.lender.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!lender || !is_same(lender.get(), record.lender_inode, own.st_dev)) return true;
  if (::flock(lender.get(), LOCK_EX | LOCK_NB) != 0) return errno != EWOULDBLOCK;
  const Result<void> moved = move_missing(place->get(), lender.get());
  return moved || moved.error().kind() != ErrorKind::no_space;
}

}  // namespace

Result<LoanRecord> LoanRecord::write(int folder, int lender, int place) {
  const std::string here = MBUILD_TRY(path_of(folder));
  const auto relative = [&](int fd) -> Result<std::string> {
    return std::filesystem::path(MBUILD_TRY(path_of(fd))).lexically_relative(here).string();
  };
  Record record;
  record.lender_inode = MBUILD_TRY(inode_of(lender));
  record.lender = MBUILD_TRY(relative(lender));
  record.place_inode = MBUILD_TRY(inode_of(place));
  record.place = MBUILD_TRY(relative(place));
  std::string name = fmt::format("{}{}", kPrefix, record.place_inode);
  AtomicFile file = MBUILD_TRY(AtomicFile::create(folder, name, 0600));
  MBUILD_CHECK(file.write(encode(record)));
  MBUILD_CHECK(file.commit());
  return LoanRecord(folder, std::move(name));
}

LoanRecord::LoanRecord(LoanRecord&& other) noexcept
    : folder_(other.folder_), name_(std::exchange(other.name_, {})) {}

LoanRecord::~LoanRecord() {
  if (!name_.empty()) ::unlinkat(folder_, name_.c_str(), 0);
}

bool is_loan_record(std::string_view name) {
  return name.starts_with(kPrefix);
}

Result<bool> return_loans(int folder) {
  bool all = true;
  for (const std::string& name : MBUILD_TRY(fs_at::list(folder))) {
    if (!is_loan_record(name)) continue;
    const std::string text = MBUILD_TRY(fs_at::read_file(folder, name, fs_at::Links::refuse, kRecordLimit));
    const std::optional<Record> record = decode(text);
    if (record && !return_one(folder, *record)) all = false;
  }
  return all;
}

}  // namespace mbuild
