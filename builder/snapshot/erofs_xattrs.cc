#include "builder/snapshot/erofs_xattrs.h"

#include <array>
#include <string_view>
#include <utility>

#include "builder/snapshot/erofs_format.h"

namespace mbuild::builder {

namespace {

// Prefixes are stored as numbers (EROFS_XATTR_INDEX_*).
constexpr std::array<std::pair<std::string_view, std::uint64_t>, 3> kPrefixes = {
    {{"user.", 1}, {"trusted.", 4}, {"security.", 6}}};

Result<void> append(std::string& out, std::string_view name, std::string_view value) {
  for (const auto& [prefix, index] : kPrefixes) {
    if (!name.starts_with(prefix)) continue;
    const std::string_view rest = name.substr(prefix.size());
    if (rest.empty() || rest.size() > 255 || value.size() > 65535) break;
    const std::uint64_t start = out.size();
    out.resize(erofs::round_up(start + erofs::kXattrEntrySize + rest.size() + value.size(), 4));
    erofs::put(out, start, rest.size(), 1);
    erofs::put(out, start + 1, index, 1);
    erofs::put(out, start + 2, value.size(), 2);
    erofs::put(out, start + erofs::kXattrEntrySize, rest);
    erofs::put(out, start + erofs::kXattrEntrySize + rest.size(), value);
    return {};
  }
  return fail(ErrorKind::unsupported,
              "an EROFS image cannot hold the extended attribute " + std::string(name));
}

}  // namespace

Result<std::string> encode_xattrs(const std::map<std::string, std::string>& xattrs) {
  std::string out;
  if (xattrs.empty()) return out;
  out.resize(erofs::kXattrHeaderSize);
  for (const auto& [name, value] : xattrs) MBUILD_CHECK(append(out, name, value));
  if (xattr_count(out) > 65535)
    return fail(ErrorKind::unsupported, "too many extended attributes for an EROFS image");
  return out;
}

std::uint64_t xattr_count(const std::string& encoded) {
  if (encoded.empty()) return 0;
  return (encoded.size() - erofs::kXattrHeaderSize) / 4 + 1;
}

}  // namespace mbuild::builder
