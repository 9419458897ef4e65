// Reading JSON: typed look-ups in an object, with errors that name the path of what is wrong.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "registry/base/result.h"

namespace mbuild {

// An object of a parsed document. Cheap to copy; keeps the whole document alive. A key that is missing and
// one whose value is null mean the same, as in Go's encoding/json; a value of another type than asked for is
// a `corrupt` error such as "manifest: layers[3].size: expected a number, found a string".
class JsonObject {
 public:
  // `what` names the document in errors. Depth, size and syntax are checked (RFC 8259; a key that occurs
  // twice has its last value). Strings may hold bytes that are not UTF-8.
  static Result<JsonObject> parse(std::string_view text, std::string_view what);

  bool has(std::string_view key) const;  // present and not null
  std::vector<std::string> keys() const;

  Result<std::string> text(std::string_view key) const;       // "" when absent
  Result<bool> boolean(std::string_view key) const;           // false when absent
  Result<std::int64_t> integer(std::string_view key) const;   // 0 when absent
  Result<std::uint64_t> natural(std::string_view key) const;  // 0 when absent; negative is an error
  Result<std::optional<JsonObject>> object(std::string_view key) const;
  Result<std::vector<JsonObject>> objects(std::string_view key) const;  // an array of objects
  Result<std::optional<std::vector<std::string>>> texts(std::string_view key) const;
  Result<std::map<std::string, std::string>> text_map(std::string_view key) const;

  // A `corrupt` error about the value of `key`.
  std::unexpected<Error> wrong(std::string_view key, std::string_view why) const;

 private:
  struct Document;
  JsonObject(std::shared_ptr<const Document> document, const void* object, std::string path)
      : document_(std::move(document)), object_(object), path_(std::move(path)) {}
  const void* find(std::string_view key) const;

  std::shared_ptr<const Document> document_;
  const void* object_;
  std::string path_;  // "" or "layers[3]."
};

}  // namespace mbuild
