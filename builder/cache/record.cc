#include "builder/cache/record.h"

#include <charconv>

#include "registry/base/atomic_file.h"
#include "registry/base/fs_at.h"
#include "registry/oci/digest.h"

namespace mbuild::builder {

namespace {

constexpr std::string_view kTrailer = "sha256 ";
constexpr std::size_t kTrailerSize = kTrailer.size() + 64 + 1;

std::string header(std::string_view kind) {
  return "mbuild " + std::string(kind) + " 1\n";
}

std::optional<std::uint64_t> parse_natural(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Takes what precedes `separator` off the front of `rest`, and the separator with it.
std::optional<std::string_view> take_until(std::string_view& rest, char separator) {
  const auto end = rest.find(separator);
  if (end == std::string_view::npos) return std::nullopt;
  const auto taken = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  return taken;
}

// The bytes before the trailer, when the trailer is their digest.
std::optional<std::string_view> proven_body(std::string_view bytes) {
  if (bytes.size() < kTrailerSize) return std::nullopt;
  const auto body = bytes.substr(0, bytes.size() - kTrailerSize);
  const auto trailer = bytes.substr(body.size());
  if (!trailer.starts_with(kTrailer) || trailer.back() != '\n') return std::nullopt;
  if (trailer.substr(kTrailer.size(), 64) != oci::Digest::of(body).hex()) return std::nullopt;
  return body;
}

}  // namespace

std::string Record::encode() const {
  std::string bytes = header(kind_);
  for (const auto& [name, value] : fields_) {
    bytes += name;
    bytes += ' ';
    bytes += std::to_string(value.size());
    bytes += ':';
    bytes += value;
    bytes += '\n';
  }
  const std::string digest = oci::Digest::of(bytes).hex();
  bytes += kTrailer;
  bytes += digest;
  bytes += '\n';
  return bytes;
}

std::optional<Record> Record::decode(std::string_view kind, std::string_view bytes) {
  const auto body = proven_body(bytes);
  const std::string first_line = header(kind);
  if (!body || !body->starts_with(first_line)) return std::nullopt;
  std::string_view rest = body->substr(first_line.size());

  Record record{std::string(kind)};
  while (!rest.empty()) {
    const auto name = take_until(rest, ' ');
    const auto digits = name ? take_until(rest, ':') : std::nullopt;
    const auto size = digits ? parse_natural(*digits) : std::nullopt;
    if (!size || *size >= rest.size() || rest[*size] != '\n') return std::nullopt;
    record.add(std::string(*name), std::string(rest.substr(0, *size)));
    rest.remove_prefix(*size + 1);
  }
  return record;
}

std::optional<std::string_view> Record::text(std::string_view name) const {
  for (const auto& [field, value] : fields_) {
    if (field == name) return value;
  }
  return std::nullopt;
}

std::optional<std::uint64_t> Record::natural(std::string_view name) const {
  const auto value = text(name);
  return value ? parse_natural(*value) : std::nullopt;
}

std::vector<std::string_view> Record::texts(std::string_view name) const {
  std::vector<std::string_view> values;
  for (const auto& [field, value] : fields_) {
    if (field == name) values.emplace_back(value);
  }
  return values;
}

std::optional<Record> read_record(int dir, const std::string& path, std::string_view kind,
                                  std::uint64_t limit) {
  const auto bytes = fs_at::read_file(dir, path, fs_at::Links::refuse, limit);
  return bytes ? Record::decode(kind, *bytes) : std::nullopt;
}

Result<void> write_record(int dir, const std::string& name, const Record& record) {
  AtomicFile file = MBUILD_TRY(AtomicFile::create(dir, name));
  MBUILD_CHECK(file.write(record.encode()));
  return file.commit();
}

}  // namespace mbuild::builder
