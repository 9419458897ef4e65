#include "registry/remote/registries.h"

#include <fmt/format.h>

#include <algorithm>

#include "registry/base/json.h"
#include "registry/remote/text_file.h"
#include "registry/remote/url.h"

namespace mbuild::remote {

namespace {

constexpr std::string_view kDockerHub = "docker.io";
constexpr std::string_view kDockerHubHost = "registry-1.docker.io";
constexpr std::string_view kEverything = "*";

std::string join(std::string_view path, std::string_view rest) {
  return path.empty() || rest.empty() ? fmt::format("{}{}", path, rest) : fmt::format("{}/{}", path, rest);
}

// What `key` leaves of `name`, when it is a prefix made of whole components.
std::optional<std::string_view> remainder(std::string_view name, std::string_view key) {
  if (!name.starts_with(key)) return std::nullopt;
  if (name.size() == key.size()) return "";
  if (name[key.size()] != '/') return std::nullopt;
  return name.substr(key.size() + 1);
}

Result<void> check_keys(const JsonObject& file) {
  for (const std::string& key : file.keys())
    if (key != "mirrors" && key != "fallback" && key != "insecure")
      return file.wrong(key, "unknown; there are \"mirrors\", \"fallback\" and \"insecure\"");
  return {};
}

std::string_view without_port(std::string_view host) {
  std::size_t colon = host.rfind(':');
  if (host.starts_with('[')) {
    host.remove_prefix(1);
    return host.substr(0, host.find(']'));
  }
  return host.substr(0, colon);
}

}  // namespace

Result<Registries::Mirror> Registries::parse_mirror(const std::string& text) {
  bool has_scheme = text.find("://") != text.npos;
  Url url = MBUILD_TRY(Url::parse(has_scheme ? text : "https://" + text));
  if (url.target.find('?') != url.target.npos)
    return fail(ErrorKind::invalid_input, "a query is not accepted");
  Mirror mirror;
  if (has_scheme) mirror.scheme = url.scheme;
  mirror.host = url.authority();
  std::string_view path = url.target;
  while (path.starts_with('/')) path.remove_prefix(1);
  while (path.ends_with('/')) path.remove_suffix(1);
  if (path == "v2" || path.starts_with("v2/"))
    return fail(ErrorKind::invalid_input,
                fmt::format("\"{}\": leave out \"/v2\", which every registry has", text));
  mirror.path = path;
  return mirror;
}

Result<Registries> Registries::parse(std::string_view json, const std::string& name) {
  auto read = [&]() -> Result<Registries> {
    Registries result;
    JsonObject file = MBUILD_TRY(JsonObject::parse(json, name));
    MBUILD_CHECK(check_keys(file));
    if (auto mirrors = MBUILD_TRY(file.object("mirrors")))
      for (const std::string& key : mirrors->keys()) {
        auto texts = MBUILD_TRY(mirrors->texts(key));
        auto& list = result.mirrors_[key];
        for (const std::string& text : texts.value_or(std::vector<std::string>())) {
          auto mirror = parse_mirror(text);
          if (!mirror) return mirrors->wrong(key, mirror.error().message());
          list.push_back(std::move(*mirror));
        }
      }
    if (auto fallback = MBUILD_TRY(file.object("fallback")))
      for (const std::string& key : fallback->keys())
        result.fallback_[key] = MBUILD_TRY(fallback->boolean(key));
    auto insecure = MBUILD_TRY(file.texts("insecure"));
    if (insecure) result.insecure_ = *insecure;
    return result;
  };
  auto result = read();
  if (!result) return fail(ErrorKind::invalid_input, result.error().message());
  return result;
}

Result<Registries> Registries::load(const std::string& file, const Environment& environment) {
  std::vector<std::string> candidates;
  std::string chosen = file.empty() ? environment("MBUILD_REGISTRIES").value_or("") : file;
  if (!chosen.empty()) {
    candidates.push_back(chosen);
  } else {
    if (auto dir = environment("XDG_CONFIG_HOME"))
      candidates.push_back(*dir + "/mbuild/registries.json");
    else if (auto home = environment("HOME"))
      candidates.push_back(*home + "/.config/mbuild/registries.json");
    candidates.emplace_back("/etc/mbuild/registries.json");
  }
  for (const std::string& candidate : candidates)
    if (auto text = MBUILD_TRY(read_text_file(candidate))) return parse(*text, candidate);
  if (!chosen.empty()) return fail(ErrorKind::invalid_input, fmt::format("{}: no such file", chosen));
  return Registries();
}

bool Registries::is_insecure(std::string_view host) const {
  if (is_loopback(without_port(host))) return true;
  return std::ranges::find(insecure_, host) != insecure_.end();
}

const std::string* Registries::mirror_key(const oci::Reference& reference) const {
  const std::string* best = nullptr;
  for (const auto& [key, mirrors] : mirrors_) {
    if (key == kEverything ? best != nullptr : !remainder(reference.name(), key)) continue;
    if (!best || *best == kEverything || key.size() > best->size()) best = &key;
  }
  return best;
}

Place Registries::home(const oci::Reference& reference) const {
  Place place;
  place.registry = reference.registry;
  place.host = reference.registry == kDockerHub ? kDockerHubHost : std::string_view(reference.registry);
  place.repository = reference.repository;
  place.insecure = is_insecure(place.host);
  if (!place.insecure) place.scheme = "https";
  return place;
}

std::vector<Place> Registries::pull_places(const oci::Reference& reference) const {
  std::vector<Place> places;
  const std::string* key = mirror_key(reference);
  if (!key) return {home(reference)};
  bool everything = *key == kEverything;
  std::string name = reference.name();
  std::string_view rest = everything ? std::string_view(reference.repository) : *remainder(name, *key);
  for (const Mirror& mirror : mirrors_.at(*key)) {
    Place place;
    place.scheme = mirror.scheme;
    place.host = place.registry = mirror.host;
    place.repository = join(mirror.path, rest);
    place.namespace_hint = reference.registry;
    place.insecure = is_insecure(mirror.host);
    if (place.scheme.empty() && !place.insecure) place.scheme = "https";
    places.push_back(std::move(place));
  }
  auto fallback = fallback_.find(*key);
  if (places.empty() || fallback == fallback_.end() || fallback->second) places.push_back(home(reference));
  return places;
}

}  // namespace mbuild::remote
