// Record: a small file of named values that proves itself whole. Records are how the store remembers
// (actions, images, cache mounts): one file each, written by rename, readable by any number of processes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "registry/base/result.h"

namespace mbuild::builder {

// Values are bytes. A name may occur several times; order is kept. As a file:
//   "mbuild <kind> 1\n", for each field "<name> <length>:<bytes>\n", then "sha256 <hex>\n" of all that
//   precedes.
// A file that was cut short, damaged, or is of another kind or a later format does not decode.
class Record {
 public:
  // `kind` and names are one word each.
  explicit Record(std::string kind) : kind_(std::move(kind)) {}
  static std::optional<Record> decode(std::string_view kind, std::string_view bytes);
  std::string encode() const;

  void add(std::string name, std::string value) { fields_.emplace_back(std::move(name), std::move(value)); }
  void add(std::string name, std::uint64_t value) { add(std::move(name), std::to_string(value)); }

  // The first field of that name.
  std::optional<std::string_view> text(std::string_view name) const;
  std::optional<std::uint64_t> natural(std::string_view name) const;  // decimal digits, nothing else
  std::vector<std::string_view> texts(std::string_view name) const;   // all of that name

 private:
  std::string kind_;
  std::vector<std::pair<std::string, std::string>> fields_;
};

// Reads `path` beneath `dir`: nullopt for whatever is not a whole record of that kind within `limit` bytes,
// be it absent, unreadable, damaged or foreign.
std::optional<Record> read_record(int dir, const std::string& path, std::string_view kind,
                                  std::uint64_t limit);

// Writes `name` in `dir` atomically (AtomicFile), replacing what is there.
Result<void> write_record(int dir, const std::string& name, const Record& record);

}  // namespace mbuild::builder
