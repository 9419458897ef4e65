// The records of a stat index file. Numbers are little endian; a record is
//   size, mtime, ctime, inode: 8 bytes each; unused: 1; xattrs: 1; path length: 2; digest: 32; path;
//   for each xattr: name length: 2; value length: 4; name; value.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "builder/context/stat_index.h"

namespace mbuild::builder {

struct StatIndexRecord {
  std::string_view path;  // into the text that is read
  FileIdentity identity;
  FileFacts facts;
  unsigned unused = 0;
};

// A file with more than 255 xattrs, or ones that do not fit the lengths above, is left out.
void append_stat_index_record(std::string& text, std::string_view path, const FileIdentity& identity,
                              const FileFacts& facts, unsigned unused);

// Reads untrusted text, which must outlive it.
class StatIndexReader {
 public:
  explicit StatIndexReader(std::string_view text) : rest_(text) {}
  bool at_end() const { return rest_.empty(); }
  std::optional<StatIndexRecord> next();  // nullopt: what follows is no record

 private:
  bool take(std::size_t size, std::string_view& out);
  template <class Number>
  bool take_number(Number& out);
  bool take_xattrs(unsigned count, XattrMap& out);

  std::string_view rest_;
};

}  // namespace mbuild::builder
