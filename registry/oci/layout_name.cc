#include "registry/oci/layout_name.h"

#include <algorithm>

namespace mbuild::oci {

namespace {

constexpr const char* kRefName = "org.opencontainers.image.ref.name";
constexpr std::string_view kDefaultTag = "latest";

// Cuts off what follows the last `separator`, unless that is part of a path.
std::optional<std::string_view> cut(std::string_view& text, char separator) {
  const std::size_t at = text.rfind(separator);
  if (at == std::string_view::npos || text.find('/', at) != std::string_view::npos) return std::nullopt;
  const std::string_view rest = text.substr(at + 1);
  text = text.substr(0, at);
  return rest;
}

bool has_tag(const Descriptor& entry, std::string_view tag) {
  const auto name = entry.annotations.find(kRefName);
  return name != entry.annotations.end() && name->second == tag;
}

template <class Predicate>
std::vector<Descriptor> distinct(const Index& index, Predicate wanted) {
  std::vector<Descriptor> entries;
  for (const Descriptor& entry : index.manifests) {
    const bool known = std::any_of(entries.begin(), entries.end(),
                                   [&](const Descriptor& other) { return other.digest == entry.digest; });
    if (!known && wanted(entry)) entries.push_back(entry);
  }
  return entries;
}

}  // namespace

Result<LayoutName> LayoutName::parse(std::string_view text) {
  LayoutName name;
  if (const auto digest = cut(text, '@')) {
    auto parsed = Digest::parse(*digest);
    if (!parsed) return fail(ErrorKind::invalid_input, parsed.error().message());
    name.digest = *parsed;
  }
  name.tag = cut(text, ':').value_or("");
  name.directory = text;
  if (text.empty()) return fail(ErrorKind::invalid_input, "no directory is named");
  return name;
}

std::string LayoutName::str() const {
  if (digest) return digest->str();
  return tag.empty() ? std::string(kDefaultTag) : tag;
}

std::vector<Descriptor> entries_named(const Index& index, const LayoutName& name) {
  if (name.digest) {
    return distinct(index, [&](const Descriptor& entry) { return entry.digest == *name.digest; });
  }
  const std::string tag = name.str();
  auto entries = distinct(index, [&](const Descriptor& entry) { return has_tag(entry, tag); });
  if (!entries.empty() || !name.tag.empty()) return entries;
  return distinct(index, [](const Descriptor&) { return true; });
}

}  // namespace mbuild::oci
