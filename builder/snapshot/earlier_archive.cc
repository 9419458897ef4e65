#include "builder/snapshot/earlier_archive.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <compare>

#include "registry/oci/tar_header.h"

namespace mbuild::builder {

namespace {

constexpr std::size_t kWindow = EarlierArchive::largest;
constexpr std::uint64_t kExtensionLimit = 64 << 10;

// Fields of a USTAR header (POSIX.1-1988, "Extended tar Format").
constexpr std::size_t kName = 0, kNameSize = 100;
constexpr std::size_t kSize = 124, kSizeSize = 12;
constexpr std::size_t kType = 156;
constexpr std::size_t kMagic = 257;
constexpr std::size_t kPrefix = 345, kPrefixSize = 155;

std::string_view field(std::string_view header, std::size_t offset, std::size_t size) {
  const std::string_view whole = header.substr(offset, size);
  return whole.substr(0, whole.find('\0'));
}

bool parse_number(std::string_view text, int base, std::uint64_t& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  return error == std::errc() && end == text.data() + text.size();
}

// What counts here of a PAX extended header ("<length> <key>=<value>\n", ...).
struct Extension {
  std::optional<std::string> path;
  std::optional<std::uint64_t> size;
};

bool parse_extension(std::string_view records, Extension& extension) {
  while (!records.empty()) {
    const std::size_t space = records.find(' ');
    std::uint64_t length = 0;
    if (space == std::string_view::npos || !parse_number(records.substr(0, space), 10, length)) return false;
    if (length <= space + 1 || length > records.size() || records[length - 1] != '\n') return false;
    const std::string_view record = records.substr(space + 1, length - space - 2);
    const std::size_t equals = record.find('=');
    if (equals == std::string_view::npos) return false;
    const std::string_view key = record.substr(0, equals);
    const std::string_view value = record.substr(equals + 1);
    if (key == "path") extension.path = value;
    if (key == "size" && !parse_number(value, 10, extension.size.emplace())) return false;
    records.remove_prefix(length);
  }
  return true;
}

// A directory comes before what is in it, and names are in bytewise order: "a/b" before "a.txt".
std::strong_ordering in_tarball(std::string_view a, std::string_view b) {
  const auto [left, right] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  const auto rank = [](std::string_view path, auto at) {
    if (at == path.end()) return -1;
    return *at == '/' ? 0 : static_cast<unsigned char>(*at) + 1;
  };
  return rank(a, left) <=> rank(b, right);
}

}  // namespace

EarlierArchive::EarlierArchive(Fd tarball)
    : tarball_(std::move(tarball)), window_(std::make_unique_for_overwrite<std::byte[]>(kWindow)) {}

// nullopt when the tarball ends before.
std::optional<ByteView> EarlierArchive::bytes(std::uint64_t offset, std::uint64_t size) {
  if (offset < window_offset_ || offset + size > window_offset_ + window_size_) {
    window_offset_ = offset;
    window_size_ = 0;
    while (window_size_ < size) {
      const ssize_t got = ::pread(tarball_.get(), window_.get() + window_size_, kWindow - window_size_,
                                  static_cast<off_t>(offset + window_size_));
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return std::nullopt;
      window_size_ += static_cast<std::size_t>(got);
    }
  }
  return ByteView(window_.get() + (offset - window_offset_), static_cast<std::size_t>(size));
}

// False at the end, and for what is not understood.
bool EarlierArchive::read_member() {
  Extension extension;
  for (;;) {
    const auto block = bytes(next_, oci::kTarBlock);
    if (!block) return false;
    const std::string_view header = text_of(*block);
    std::uint64_t size = 0;
    if (header.substr(kMagic, 5) != "ustar" || !parse_number(field(header, kSize, kSizeSize), 8, size))
      return false;
    const char type = header[kType];
    std::string path(field(header, kPrefix, kPrefixSize));
    if (!path.empty()) path += '/';
    path += field(header, kName, kNameSize);

    const std::uint64_t data = next_ + oci::kTarBlock;
    if (type == 'x') {
      const auto records = size <= kExtensionLimit ? bytes(data, size) : std::nullopt;
      if (!records || !parse_extension(text_of(*records), extension)) return false;
      next_ = data + size + oci::tar_padding(size);
      continue;
    }
    if (type < '0' || type > '6') return false;
    if (extension.size) size = *extension.size;
    if (size > static_cast<std::uint64_t>(INT64_MAX) - data - oci::kTarBlock) return false;
    member_ = {std::move(extension.path).value_or(std::move(path)), type == '0', size, data};
    if (member_.path.ends_with('/')) member_.path.pop_back();
    next_ = data + size + oci::tar_padding(size);
    return true;
  }
}

std::optional<ByteView> EarlierArchive::find(std::string_view path, std::uint64_t size) {
  while (tarball_) {
    if (!ahead_ && !read_member()) {
      tarball_.reset();
      break;
    }
    const std::strong_ordering order = in_tarball(member_.path, path);
    ahead_ = order > 0;
    if (ahead_) break;
    if (order < 0) continue;
    if (!member_.regular || member_.size != size || size > largest) break;
    return bytes(member_.data, size);
  }
  return std::nullopt;
}

}  // namespace mbuild::builder
