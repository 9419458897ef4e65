#include "registry/oci/entry.h"

#include <sys/stat.h>

#include <string_view>

namespace mbuild::oci {

namespace {

void append_number(std::string& out, std::uint64_t value) {
  for (int i = 0; i < 8; ++i) out += static_cast<char>(value >> (8 * i) & 0xff);
}

void append_text(std::string& out, std::string_view text) {
  append_number(out, text.size());
  out += text;
}

}  // namespace

// Numbers are 8 bytes, little endian; texts follow their length: no two entries have the same encoding.
std::optional<EntryType> entry_type(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFREG:
      return EntryType::regular;
    case S_IFDIR:
      return EntryType::directory;
    case S_IFLNK:
      return EntryType::symlink;
    case S_IFCHR:
      return EntryType::character_device;
    case S_IFBLK:
      return EntryType::block_device;
    case S_IFIFO:
      return EntryType::fifo;
    default:
      return std::nullopt;
  }
}

std::string fingerprint_record(const Entry& entry, const Digest& content) {
  std::string record;
  record.reserve(128 + entry.path.size() + entry.link.size());
  append_text(record, entry.path);
  record += static_cast<char>('a' + static_cast<int>(entry.type));
  append_number(record, entry.mode);
  append_number(record, entry.uid);
  append_number(record, entry.gid);
  append_number(record, entry.type == EntryType::regular ? entry.size : 0);
  append_number(record, entry.device_major);
  append_number(record, entry.device_minor);
  append_text(record, entry.link);
  append_number(record, entry.xattrs.size());
  for (const auto& [name, value] : entry.xattrs) {
    append_text(record, name);
    append_text(record, value);
  }
  record.append(reinterpret_cast<const char*>(content.bytes().data()), content.bytes().size());
  return record;
}

}  // namespace mbuild::oci
