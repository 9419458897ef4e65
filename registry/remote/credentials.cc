#include "registry/remote/credentials.h"

#include <fmt/format.h>
#include <openssl/crypto.h>

#include "registry/base/json.h"
#include "registry/remote/auth_file.h"
#include "registry/remote/base64.h"
#include "registry/remote/credential_helper.h"
#include "registry/remote/text_file.h"

namespace mbuild::remote {

namespace {

constexpr std::string_view kDockerHub = "docker.io";
constexpr std::string_view kDockerHubKey = "https://index.docker.io/v1/";

std::string_view without_prefix(std::string_view text, std::string_view prefix) {
  return text.starts_with(prefix) ? text.substr(prefix.size()) : text;
}

// "https://index.docker.io/v1/" and "quay.io/team" as "docker.io" and "quay.io/team".
std::string normalized_key(std::string_view key) {
  key = without_prefix(without_prefix(key, "https://"), "http://");
  std::size_t slash = key.find('/');
  std::string_view host = key.substr(0, slash);
  std::string_view path = slash == key.npos ? "" : key.substr(slash + 1);
  while (path.ends_with('/')) path.remove_suffix(1);
  if (path == "v1" || path == "v2") path = "";
  if (host == "index.docker.io" || host == "registry-1.docker.io") host = kDockerHub;
  return path.empty() ? std::string(host) : fmt::format("{}/{}", host, path);
}

// How well a key fits: the length of the matching prefix, or 0.
std::size_t fitness(const std::string& key, const std::string& registry, const std::string& repository) {
  if (key == registry) return key.size();
  std::string name = registry + "/" + repository;
  bool prefix = name.starts_with(key) && (name.size() == key.size() || name[key.size()] == '/');
  return prefix && key.size() > registry.size() ? key.size() : 0;
}

// What helpers know a registry by.
std::string server_name(const std::string& registry) {
  return registry == kDockerHub ? std::string(kDockerHubKey) : registry;
}

Result<std::optional<Credentials>> parse_entry(const JsonObject& entry, const std::string& key) {
  Credentials credentials;
  credentials.username = MBUILD_TRY(entry.text("username"));
  credentials.password = MBUILD_TRY(entry.text("password"));
  credentials.identity_token = MBUILD_TRY(entry.text("identitytoken"));
  credentials.registry_token = MBUILD_TRY(entry.text("registrytoken"));
  if (std::string auth = MBUILD_TRY(entry.text("auth")); !auth.empty()) {
    auto decoded = base64_decode(auth);
    std::size_t colon = decoded ? decoded->find(':') : std::string::npos;
    if (colon == std::string::npos) return entry.wrong("auth", "not base64 of user:password, for " + key);
    credentials.username = decoded->substr(0, colon);
    credentials.password = decoded->substr(colon + 1);
    while (credentials.password.ends_with('\0')) credentials.password.pop_back();
    OPENSSL_cleanse(decoded->data(), decoded->size());
  }
  if (credentials.empty()) return std::nullopt;
  return credentials;
}

Result<std::string> helper_for(const JsonObject& file, const std::string& registry) {
  auto helpers = MBUILD_TRY(file.object("credHelpers"));
  if (helpers)
    for (const std::string& key : helpers->keys())
      if (normalized_key(key) == registry) return helpers->text(key);
  return file.text("credsStore");
}

Result<std::optional<Credentials>> find_in(const JsonObject& file, const std::string& registry,
                                           const std::string& repository, const CancelFlag& cancel) {
  if (std::string helper = MBUILD_TRY(helper_for(file, registry)); !helper.empty()) {
    auto found = MBUILD_TRY(CredentialHelper(helper, cancel).get(server_name(registry)));
    if (found) return found;
  }
  auto auths = MBUILD_TRY(file.object("auths"));
  if (!auths) return std::nullopt;
  std::string best;
  std::size_t best_fitness = 0;
  for (const std::string& key : auths->keys()) {
    std::size_t fits = fitness(normalized_key(key), registry, repository);
    auto entry = MBUILD_TRY(auths->object(key));
    if (fits <= best_fitness || !entry || !MBUILD_TRY(parse_entry(*entry, key))) continue;
    best = key;
    best_fitness = fits;
  }
  if (best_fitness == 0) return std::nullopt;
  return parse_entry(*MBUILD_TRY(auths->object(best)), best);
}

// As the user's own mistake, since configuration is the user's.
Result<JsonObject> parse_config(std::string_view text, const std::string& name) {
  auto parsed = JsonObject::parse(text, name);
  if (!parsed) return fail(ErrorKind::invalid_input, parsed.error().message());
  return parsed;
}

}  // namespace

Credentials::~Credentials() {
  for (std::string* secret : {&password, &identity_token, &registry_token})
    OPENSSL_cleanse(secret->data(), secret->size());
}

CredentialStore::CredentialStore(std::string docker_config_dir, Environment environment, CancelFlag cancel)
    : docker_config_dir_(std::move(docker_config_dir)),
      environment_(std::move(environment)),
      cancel_(std::move(cancel)) {
  if (docker_config_dir_.empty()) docker_config_dir_ = environment_("DOCKER_CONFIG").value_or("");
  auto home = environment_("HOME");
  if (docker_config_dir_.empty() && home) docker_config_dir_ = *home + "/.docker";
}

std::vector<std::string> CredentialStore::files() const {
  std::vector<std::string> files;
  if (auto file = environment_("REGISTRY_AUTH_FILE")) files.push_back(*file);
  if (!docker_config_dir_.empty()) files.push_back(docker_config_dir_ + "/config.json");
  if (auto dir = environment_("XDG_RUNTIME_DIR")) files.push_back(*dir + "/containers/auth.json");
  if (auto dir = environment_("XDG_CONFIG_HOME"))
    files.push_back(*dir + "/containers/auth.json");
  else if (auto home = environment_("HOME"))
    files.push_back(*home + "/.config/containers/auth.json");
  return files;
}

Result<std::optional<Credentials>> CredentialStore::find(const std::string& registry,
                                                         const std::string& repository) const {
  if (auto text = environment_("DOCKER_AUTH_CONFIG"); text && !text->empty()) {
    JsonObject config = MBUILD_TRY(parse_config(*text, "$DOCKER_AUTH_CONFIG"));
    if (auto found = MBUILD_TRY(find_in(config, registry, repository, cancel_))) return found;
  }
  for (const std::string& file : files()) {
    auto text = MBUILD_TRY(read_text_file(file));
    if (!text || text->empty()) continue;
    JsonObject config = MBUILD_TRY(parse_config(*text, file));
    auto found = MBUILD_TRY(find_in(config, registry, repository, cancel_));
    OPENSSL_cleanse(text->data(), text->size());
    if (found) return found;
  }
  return std::nullopt;
}

std::string CredentialStore::writable_file() const {
  if (auto file = environment_("REGISTRY_AUTH_FILE")) return *file;
  return docker_config_dir_.empty() ? "" : docker_config_dir_ + "/config.json";
}

// The helper that the file names for a registry, or nullopt.
Result<std::optional<CredentialHelper>> CredentialStore::writable_helper(const std::string& registry) const {
  std::string file = writable_file();
  if (file.empty())
    return fail(ErrorKind::invalid_input,
                "there is no home directory, $DOCKER_CONFIG or $REGISTRY_AUTH_FILE");
  auto text = MBUILD_TRY(read_text_file(file));
  if (!text || text->empty()) return std::nullopt;
  JsonObject config = MBUILD_TRY(parse_config(*text, file));
  std::string name = MBUILD_TRY(helper_for(config, registry));
  if (name.empty()) return std::nullopt;
  return CredentialHelper(name, cancel_);
}

Result<void> CredentialStore::store(const std::string& registry, const Credentials& credentials) const {
  auto helper = MBUILD_TRY(writable_helper(registry));
  if (helper) return helper->store(server_name(registry), credentials);
  return set_auth(writable_file(), server_name(registry), credentials);
}

Result<bool> CredentialStore::erase(const std::string& registry) const {
  auto helper = MBUILD_TRY(writable_helper(registry));
  bool found = false;
  if (helper) {
    found = MBUILD_TRY(helper->get(server_name(registry))).has_value();
    MBUILD_CHECK(helper->erase(server_name(registry)));
  }
  // Entries that other tools wrote may have another spelling of the name.
  auto text = MBUILD_TRY(read_text_file(writable_file()));
  if (!text || text->empty()) return found;
  auto auths = MBUILD_TRY(MBUILD_TRY(parse_config(*text, writable_file())).object("auths"));
  if (!auths) return found;
  for (const std::string& key : auths->keys())
    if (normalized_key(key) == registry) found = MBUILD_TRY(remove_auth(writable_file(), key)) || found;
  return found;
}

}  // namespace mbuild::remote
