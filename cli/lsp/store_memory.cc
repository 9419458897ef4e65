#include "cli/lsp/store_memory.h"

#include <boost/json.hpp>

#include <filesystem>

#include "builder/images.h"

namespace mbuild::cli::lsp {

namespace json = boost::json;
namespace language = parser::language;

namespace {

std::vector<std::string> texts(const json::object& config, std::string_view name) {
  std::vector<std::string> list;
  const json::value* value = config.if_contains(name);
  if (value && value->is_array())
    for (const json::value& one : value->get_array())
      if (one.is_string()) list.emplace_back(one.get_string());
  return list;
}

std::string text(const json::object& config, std::string_view name) {
  const json::value* value = config.if_contains(name);
  return value && value->is_string() ? std::string(value->get_string()) : "";
}

void read_config(const std::string& config_json, language::ImageFacts& facts) {
  json::error_code error;
  const json::value whole = json::parse(config_json, error);
  if (error || !whole.is_object()) return;
  const json::value* value = whole.get_object().if_contains("config");
  if (!value || !value->is_object()) return;
  const json::object& config = value->get_object();
  facts.user = text(config, "User");
  facts.working_directory = text(config, "WorkingDir");
  facts.entrypoint = texts(config, "Entrypoint");
  facts.command = texts(config, "Cmd");
  for (const std::string& variable : texts(config, "Env")) {
    const std::size_t equals = variable.find('=');
    if (equals != std::string::npos)
      facts.environment[variable.substr(0, equals)] = variable.substr(equals + 1);
  }
  const json::value* ports = config.if_contains("ExposedPorts");
  if (ports && ports->is_object())
    for (const auto& [port, nothing] : ports->get_object()) facts.ports.emplace_back(port);
}

}  // namespace

std::vector<std::string> StoreMemory::images() const {
  std::lock_guard lock(mutex_);
  std::vector<std::string> names;
  for (const auto& [name, id] : ids_) names.push_back(name);
  return names;
}

template <typename Fact>
std::optional<Fact> StoreMemory::Known<Fact>::find(std::string_view name) {
  const auto found = facts.find(name);
  if (found != facts.end()) return found->second;
  // A client may ask for anything; what it asks for is remembered, but not without end.
  if (asked.size() < 1000) asked.emplace(name);
  return std::nullopt;
}

template <typename Fact>
void StoreMemory::Known<Fact>::forget() {
  for (const auto& [name, fact] : facts) asked.insert(name);
  facts.clear();
}

std::optional<language::ImageFacts> StoreMemory::image(std::string_view name) {
  std::lock_guard lock(mutex_);
  return images_.find(name);
}

std::optional<language::ImageUsers> StoreMemory::users(std::string_view image) {
  std::lock_guard lock(mutex_);
  return users_.find(image);
}

bool StoreMemory::has_questions() const {
  std::lock_guard lock(mutex_);
  return !images_.asked.empty() || !users_.asked.empty();
}

// Whether there was an answer to any question.
template <typename Fact>
bool StoreMemory::answer(Known<Fact>& known,
                         std::optional<Fact> (StoreMemory::*read)(const std::string&) const) {
  std::set<std::string, std::less<>> asked;
  {
    std::lock_guard lock(mutex_);
    asked.swap(known.asked);
  }
  bool any = false;
  for (const std::string& name : asked) {
    std::optional<Fact> fact = (this->*read)(name);
    any = any || fact.has_value();
    std::lock_guard lock(mutex_);
    known.facts[name] = std::move(fact);
  }
  return any;
}

bool StoreMemory::update() {
  std::map<std::string, std::string> ids;
  // A build in a user namespace of one id has a store of its own below the root (StoreOptions).
  for (const std::string& root : {root_, root_ + "/single-id"}) {
    std::error_code error;
    if (!std::filesystem::is_directory(root + "/images", error)) continue;
    const Result<std::vector<builder::StoredImage>> list = builder::list_images(root);
    if (!list) continue;
    for (const builder::StoredImage& image : *list) {
      if (image.familiar == "<none>") continue;
      ids.emplace(image.familiar, image.image_id);
    }
  }
  bool changed = false;
  {
    std::lock_guard lock(mutex_);
    changed = ids != ids_;
    if (changed) {
      images_.forget();
      users_.forget();
    }
    ids_ = std::move(ids);
  }
  changed = answer(images_, &StoreMemory::read_image) || changed;
  return answer(users_, &StoreMemory::read_users) || changed;
}

std::optional<language::ImageFacts> StoreMemory::read_image(const std::string& name) const {
  for (const std::string& root : {root_, root_ + "/single-id"}) {
    std::error_code error;
    if (!std::filesystem::is_directory(root + "/images", error)) continue;
    const Result<builder::InspectedImage> image = builder::inspect_image(root, name);
    if (!image) continue;
    language::ImageFacts facts;
    facts.name = image->image.familiar;
    facts.id = image->image.image_id;
    facts.platform = image->image.platform;
    facts.created = image->image.created;
    facts.size_bytes = image->image.size_bytes;
    facts.layers = image->layers.size();
    read_config(image->config_json, facts);
    return facts;
  }
  return std::nullopt;
}

std::optional<language::ImageUsers> StoreMemory::read_users(const std::string& name) const {
  for (const std::string& root : {root_, root_ + "/single-id"}) {
    std::error_code error;
    if (!std::filesystem::is_directory(root + "/images", error)) continue;
    if (Result<builder::ImageUsers> found = builder::image_users(root, name))
      return language::ImageUsers{std::move(found->users), std::move(found->groups)};
  }
  return std::nullopt;
}

}  // namespace mbuild::cli::lsp
