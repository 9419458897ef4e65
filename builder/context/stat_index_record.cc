#include "builder/context/stat_index_record.h"

#include <array>
#include <cstring>
#include <limits>

namespace mbuild::builder {

namespace {

template <class Number>
void append_number(std::string& text, Number value) {
  for (std::size_t i = 0; i < sizeof value; ++i) {
    text += static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * i) & 0xff);
  }
}

bool fits(std::string_view path, const XattrMap& xattrs) {
  if (path.size() > std::numeric_limits<std::uint16_t>::max()) return false;
  if (xattrs.size() > std::numeric_limits<std::uint8_t>::max()) return false;
  for (const auto& [name, value] : xattrs) {
    if (name.size() > std::numeric_limits<std::uint16_t>::max()) return false;
    if (value.size() > std::numeric_limits<std::uint32_t>::max()) return false;
  }
  return true;
}

}  // namespace

void append_stat_index_record(std::string& text, std::string_view path, const FileIdentity& identity,
                              const FileFacts& facts, unsigned unused) {
  if (!fits(path, facts.xattrs)) return;
  append_number(text, identity.size);
  append_number(text, identity.mtime);
  append_number(text, identity.ctime);
  append_number(text, identity.inode);
  append_number(text, static_cast<std::uint8_t>(unused));
  append_number(text, static_cast<std::uint8_t>(facts.xattrs.size()));
  append_number(text, static_cast<std::uint16_t>(path.size()));
  text.append(reinterpret_cast<const char*>(facts.content.bytes().data()), facts.content.bytes().size());
  text.append(path);
  for (const auto& [name, value] : facts.xattrs) {
    append_number(text, static_cast<std::uint16_t>(name.size()));
    append_number(text, static_cast<std::uint32_t>(value.size()));
    text.append(name).append(value);
  }
}

bool StatIndexReader::take(std::size_t size, std::string_view& out) {
  if (rest_.size() < size) return false;
  out = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return true;
}

template <class Number>
bool StatIndexReader::take_number(Number& out) {
  std::string_view bytes;
  if (!take(sizeof out, bytes)) return false;
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < sizeof out; ++i) {
    value |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
  }
  out = static_cast<Number>(value);
  return true;
}

bool StatIndexReader::take_xattrs(unsigned count, XattrMap& out) {
  for (; count != 0; --count) {
    std::uint16_t name_size = 0;
    std::uint32_t value_size = 0;
    std::string_view name, value;
    if (!take_number(name_size) || !take_number(value_size)) return false;
    if (!take(name_size, name) || !take(value_size, value)) return false;
    out.emplace(name, value);
  }
  return true;
}

std::optional<StatIndexRecord> StatIndexReader::next() {
  StatIndexRecord record;
  std::uint8_t unused = 0, xattrs = 0;
  std::uint16_t path_size = 0;
  std::string_view digest;
  const bool head = take_number(record.identity.size) && take_number(record.identity.mtime) &&
                    take_number(record.identity.ctime) && take_number(record.identity.inode) &&
                    take_number(unused) && take_number(xattrs) && take_number(path_size);
  std::array<std::uint8_t, 32> bytes;
  if (!head || !take(bytes.size(), digest) || !take(path_size, record.path)) return std::nullopt;
  if (!take_xattrs(xattrs, record.facts.xattrs)) return std::nullopt;
  std::memcpy(bytes.data(), digest.data(), bytes.size());
  record.facts.content = oci::Digest::from_bytes(bytes);
  record.unused = unused;
  return record;
}

}  // namespace mbuild::builder
