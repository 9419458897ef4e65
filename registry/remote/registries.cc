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

// The longest key that is a prefix of the reference's name, "*" being the shortest; null: none.
template <class Value>
const std::string* longest_key(const std::map<std::string, Value>& map, const oci::Reference& reference) {
  const std::string* best = nullptr;
  for (const auto& [key, value] : map) {
    if (key == kEverything ? best != nullptr : !remainder(reference.name(), key)) continue;
    if (!best || *best == kEverything || key.size() > best->size()) best = &key;
  }
  return best;
}

Result<void> check_keys(const JsonObject& file) {
  static constexpr std::string_view kKnown[] = {"mirrors", "fallback", "insecure", "verify", "hosts_toml"};
  for (const std::string& key : file.keys())
    if (std::ranges::find(kKnown, key) == std::end(kKnown))
      return file.wrong(key, fmt::format("unknown; there are {}", fmt::join(kKnown, ", ")));
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
    if (auto verify = MBUILD_TRY(file.object("verify")))
      for (const std::string& key : verify->keys())
        result.verify_[key] = MBUILD_TRY(verify->texts(key)).value_or(std::vector<std::string>());
    auto insecure = MBUILD_TRY(file.texts("insecure"));
    if (insecure) result.insecure_ = *insecure;
    if (file.has("hosts_toml")) result.hosts_folder_ = MBUILD_TRY(file.text("hosts_toml"));
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

std::vector<std::string> Registries::required_keys(const oci::Reference& reference) const {
  const std::string* key = longest_key(verify_, reference);
  return key ? verify_.at(*key) : std::vector<std::string>();
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

std::vector<Place> Registries::mirror_places(const oci::Reference& reference, const std::string& key) const {
  std::vector<Place> places;
  std::string name = reference.name();
  std::string_view rest = key == kEverything ? std::string_view(reference.repository) : *remainder(name, key);
  for (const Mirror& mirror : mirrors_.at(key)) {
    Place place;
    place.scheme = mirror.scheme;
    place.host = place.registry = mirror.host;
    place.repository = join(mirror.path, rest);
    place.namespace_hint = reference.registry;
    place.insecure = is_insecure(mirror.host);
    if (place.scheme.empty() && !place.insecure) place.scheme = "https";
    places.push_back(std::move(place));
  }
  auto fallback = fallback_.find(key);
  if (places.empty() || fallback == fallback_.end() || fallback->second) places.push_back(home(reference));
  return places;
}

std::vector<Place> Registries::hosts_places(const oci::Reference& reference, const HostsFile& file,
                                            Use use) const {
  std::vector<Place> places;
  Place last = home(reference);
  auto place_of = [&](const ConfiguredHost& host) {
    Place place;
    place.scheme = host.url.scheme;
    place.host = host.url.authority();
    place.repository = reference.repository;
    place.api_root = host.api_root();
    place.headers = host.headers;
    place.insecure = host.skip_verify || is_insecure(place.host);
    bool same = place.host == last.host;
    place.registry = same ? reference.registry : place.host;
    if (!same) place.namespace_hint = reference.registry;
    return place;
  };
  for (const ConfiguredHost& host : file.hosts)
    if (use == Use::tag ? host.resolve : host.pull) places.push_back(place_of(host));
  places.push_back(file.server ? place_of(*file.server) : std::move(last));
  return places;
}

Result<std::vector<Place>> Registries::pull_places(const oci::Reference& reference, Use use) const {
  if (const std::string* key = longest_key(mirrors_, reference)) return mirror_places(reference, *key);
  if (!hosts_folder_.empty()) {
    auto file = MBUILD_TRY(load_hosts_toml(hosts_folder_, reference.registry));
    if (file) return hosts_places(reference, *file, use);
  }
  return std::vector{home(reference)};
}

}  // namespace mbuild::remote
