#include "registry/oci/tar_header.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <optional>
#include <string_view>

namespace mbuild::oci {

namespace {

struct Field {
  std::size_t offset;
  std::size_t size;
};
constexpr Field kName{0, 100};
constexpr Field kMode{100, 8};
constexpr Field kUid{108, 8};
constexpr Field kGid{116, 8};
constexpr Field kSize{124, 12};
constexpr Field kMtime{136, 12};
constexpr Field kChecksum{148, 8};
constexpr std::size_t kTypeFlag = 156;
constexpr Field kLinkName{157, 100};
constexpr std::size_t kMagic = 257;  // and version
constexpr Field kDeviceMajor{329, 8};
constexpr Field kDeviceMinor{337, 8};
constexpr Field kPrefix{345, 155};

constexpr char kExtendedHeader = 'x';
constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;
// What archive/tar and libarchive accept as the size of an extended header.
constexpr std::size_t kExtendedHeaderLimit = 1 << 20;

using PaxRecords = std::map<std::string, std::string, std::less<>>;

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// A number is octal digits and a NUL.
bool fits(Field field, std::int64_t value) {
  return value >= 0 && value < std::int64_t{1} << (3 * (field.size - 1));
}

std::int64_t whole_seconds(std::int64_t nanoseconds) {
  const std::int64_t seconds = nanoseconds / kNanosecondsPerSecond;
  return nanoseconds % kNanosecondsPerSecond < 0 ? seconds - 1 : seconds;
}

char type_flag(EntryType type) {
  switch (type) {
    case EntryType::regular:
      return '0';
    case EntryType::hardlink:
      return '1';
    case EntryType::symlink:
      return '2';
    case EntryType::character_device:
      return '3';
    case EntryType::block_device:
      return '4';
    case EntryType::directory:
      return '5';
    case EntryType::fifo:
      return '6';
  }
  return '0';
}

class Block {
 public:
  // Cut to the field. A cut directory name must not end in a slash: old readers take such a member for a
  // directory, whatever its type.
  void put(Field field, std::string_view text) {
    if (text.size() > field.size) {
      text = text.substr(0, field.size);
      while (text.ends_with('/')) text.remove_suffix(1);
    }
    std::memcpy(bytes_ + field.offset, text.data(), text.size());
  }
  // Zero when it does not fit: a PAX record holds the value.
  void put(Field field, std::int64_t value) {
    auto number = static_cast<std::uint64_t>(fits(field, value) ? value : 0);
    for (std::size_t i = field.size - 1; i-- > 0; number >>= 3) {
      bytes_[field.offset + i] = static_cast<char>('0' + (number & 7));
    }
  }
  void put_type(char flag) { bytes_[kTypeFlag] = flag; }

  void append_to(std::string& out) {
    std::memcpy(bytes_ + kMagic,
                "ustar\0"
                "00",
                8);
    std::memset(bytes_ + kChecksum.offset, ' ', kChecksum.size);
    unsigned sum = 0;
    for (const char byte : bytes_) sum += static_cast<unsigned char>(byte);
    put(Field{kChecksum.offset, kChecksum.size - 1}, static_cast<std::int64_t>(sum));
    bytes_[kChecksum.offset + kChecksum.size - 2] = '\0';
    out.append(bytes_, sizeof bytes_);
  }

 private:
  char bytes_[kTarBlock] = {};
};

struct SplitPath {
  std::string_view prefix;
  std::string_view name;
};

// USTAR holds a long ASCII path in two parts, cut at a slash.
std::optional<SplitPath> split(std::string_view path) {
  if (path.size() <= kName.size || !is_ascii(path)) return std::nullopt;
  std::size_t length = path.size();
  if (length > kPrefix.size + 1) {
    length = kPrefix.size + 1;
  } else if (path.ends_with('/')) {
    --length;
  }
  const std::size_t slash = path.substr(0, length).rfind('/');
  if (slash == std::string_view::npos || slash == 0 || slash > kPrefix.size) return std::nullopt;
  const std::string_view name = path.substr(slash + 1);
  if (name.empty() || name.size() > kName.size) return std::nullopt;
  return SplitPath{path.substr(0, slash), name};
}

// "<length> <key>=<value>\n", where length counts itself.
void append_record(std::string& out, std::string_view key, std::string_view value) {
  const std::size_t rest = key.size() + value.size() + 3;
  std::size_t length = rest + fmt::formatted_size("{}", rest);
  length = rest + fmt::formatted_size("{}", length);
  fmt::format_to(std::back_inserter(out), "{} ", length);
  out.append(key).append(1, '=').append(value).append(1, '\n');
}

std::string without_non_ascii(std::string_view text) {
  std::string result;
  std::copy_if(text.begin(), text.end(), std::back_inserter(result),
               [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  return result;
}

// "<directory>/PaxHeaders.0/<name>"; of a directory, whose path ends in a slash, all of it is <directory>.
std::string extended_header_name(std::string_view path) {
  const std::size_t slash = path.rfind('/') + 1;  // npos + 1 is 0
  std::string name(path.substr(0, slash));
  name.append("PaxHeaders.0");
  if (slash < path.size()) name.append(1, '/').append(path.substr(slash));
  name = without_non_ascii(name);
  while (name.ends_with('/')) name.pop_back();
  return name;
}

Result<void> append_extended_header(const PaxRecords& records, std::string_view path, std::string& out) {
  std::string body;
  for (const auto& [key, value] : records) append_record(body, key, value);
  if (body.size() > kExtendedHeaderLimit) {
    return fail(ErrorKind::invalid_input, "extended attributes and names above 1 MiB");
  }
  Block block;
  block.put(kName, extended_header_name(path));
  block.put(kMode, 0);
  block.put(kUid, 0);
  block.put(kGid, 0);
  block.put(kSize, static_cast<std::int64_t>(body.size()));
  block.put(kMtime, 0);
  block.put_type(kExtendedHeader);
  block.append_to(out);
  out.append(body).append(tar_padding(body.size()), '\0');
  return {};
}

// The values of a member in the form that the format knows.
struct Member {
  std::string path;
  std::string_view link;
  std::int64_t size = 0;
  std::int64_t mtime = 0;
};

Member member_of(const Entry& entry) {
  Member member;
  member.path = entry.path;
  if (entry.type == EntryType::directory) member.path += '/';
  member.link = entry.link;
  if (entry.type == EntryType::regular) member.size = static_cast<std::int64_t>(entry.size);
  member.mtime = whole_seconds(entry.mtime);
  return member;
}

// The records of all values that USTAR cannot hold, and whether it cannot hold the whole.
struct Extension {
  PaxRecords records;
  bool needed = false;
};

Extension extension_of(const Entry& entry, const Member& member) {
  Extension extension;
  const auto add = [&](const char* key, std::string value) {
    extension.records.emplace(key, std::move(value));
    extension.needed = true;
  };
  const auto check = [&](const char* key, Field field, std::int64_t value) {
    if (!fits(field, value)) add(key, std::to_string(value));
  };
  if (member.path.size() > kName.size || !is_ascii(member.path)) {
    extension.records.emplace("path", member.path);
    extension.needed = !split(member.path);
  }
  if (member.link.size() > kLinkName.size || !is_ascii(member.link))
    add("linkpath", std::string(member.link));
  check("uid", kUid, entry.uid);
  check("gid", kGid, entry.gid);
  check("size", kSize, member.size);
  check("mtime", kMtime, member.mtime);
  for (const auto& [name, value] : entry.xattrs) add(("SCHILY.xattr." + name).c_str(), value);
  return extension;
}

Result<void> check_representable(const Entry& entry) {
  const auto has_nul = [](std::string_view text) { return text.find('\0') != std::string_view::npos; };
  if (entry.path.empty()) return fail(ErrorKind::invalid_input, "write a tar member: it has no name");
  const char* problem = nullptr;
  if (has_nul(entry.path) || has_nul(entry.link)) problem = "a name with a NUL byte";
  if (!fits(kDeviceMajor, entry.device_major) || !fits(kDeviceMinor, entry.device_minor)) {
    problem = "a device number above 2097151";
  }
  if (entry.size > static_cast<std::uint64_t>(INT64_MAX)) problem = "a size above 2^63";
  for (const auto& [name, value] : entry.xattrs) {
    if (name.empty() || has_nul(name) || name.find('=') != std::string::npos)
      problem = "an xattr of that name";
  }
  if (!problem) return {};
  return fail(ErrorKind::invalid_input,
              fmt::format("{}: the tar format cannot hold {}", entry.path, problem));
}

}  // namespace

Result<void> append_tar_header(const Entry& entry, std::string& out) {
  MBUILD_CHECK(check_representable(entry));
  const Member member = member_of(entry);
  const Extension extension = extension_of(entry, member);
  Block block;
  if (extension.needed) {
    MBUILD_CHECK_AS(entry.path, append_extended_header(extension.records, member.path, out));
    block.put(kName, without_non_ascii(member.path));
    block.put(kLinkName, without_non_ascii(member.link));
  } else {
    const auto parts = split(member.path);
    block.put(kName, parts ? parts->name : std::string_view(member.path));
    block.put(kPrefix, parts ? parts->prefix : std::string_view());
    block.put(kLinkName, member.link);
  }
  block.put(kMode, static_cast<std::int64_t>(entry.mode));
  block.put(kUid, static_cast<std::int64_t>(entry.uid));
  block.put(kGid, static_cast<std::int64_t>(entry.gid));
  block.put(kSize, member.size);
  block.put(kMtime, member.mtime);
  block.put_type(type_flag(entry.type));
  block.put(kDeviceMajor, static_cast<std::int64_t>(entry.device_major));
  block.put(kDeviceMinor, static_cast<std::int64_t>(entry.device_minor));
  block.append_to(out);
  return {};
}

}  // namespace mbuild::oci
