#include "registry/base/json.h"

// The one place where Boost.JSON is compiled: Debian 12 has no library of it.
#include <boost/json/src.hpp>

#include "registry/base/utf8.h"

namespace mbuild {

namespace {

namespace json = boost::json;

constexpr std::size_t kDepthLimit = 64;
constexpr std::size_t kSizeLimit = 16 << 20;  // a parsed value takes several times its text

std::string_view type_name(const json::value& value) {
  switch (value.kind()) {
    case json::kind::null:
      return "null";
    case json::kind::bool_:
      return "a boolean";
    case json::kind::int64:
    case json::kind::uint64:
    case json::kind::double_:
      return "a number";
    case json::kind::string:
      return "a string";
    case json::kind::array:
      return "an array";
    case json::kind::object:
      return "an object";
  }
  return "something else";
}

std::string expected(std::string_view type, const json::value& value) {
  return "expected " + std::string(type) + ", found " + std::string(type_name(value));
}

std::string to_text(const json::string_view& text) {
  return replace_invalid_utf8({text.data(), text.size()});
}

const json::value& value_at(const void* pointer) {
  return *static_cast<const json::value*>(pointer);
}

std::string indexed(std::string_view key, std::size_t index) {
  return std::string(key) + "[" + std::to_string(index) + "]";
}

}  // namespace

struct JsonObject::Document {
  json::value root;
  std::string what;
};

Result<JsonObject> JsonObject::parse(std::string_view text, std::string_view what) {
  const std::string name(what);
  if (text.size() > kSizeLimit) {
    return fail(ErrorKind::corrupt, name + ": JSON larger than " + std::to_string(kSizeLimit) + " bytes");
  }
  json::parse_options options;
  options.max_depth = kDepthLimit;
  options.allow_invalid_utf8 = true;
  json::error_code failure;
  json::value root = json::parse(json::string_view(text.data(), text.size()), failure, {}, options);
  if (failure) return fail(ErrorKind::corrupt, name + ": malformed JSON: " + failure.message());
  if (!root.is_object()) return fail(ErrorKind::corrupt, name + ": " + expected("an object", root));
  auto document = std::make_shared<const Document>(Document{std::move(root), name});
  const json::object* object = &document->root.get_object();
  return JsonObject(std::move(document), object, "");
}

const void* JsonObject::find(std::string_view key) const {
  const auto& object = *static_cast<const json::object*>(object_);
  const json::value* value = object.if_contains(json::string_view(key.data(), key.size()));
  return value == nullptr || value->is_null() ? nullptr : value;
}

bool JsonObject::has(std::string_view key) const {
  return find(key) != nullptr;
}

std::vector<std::string> JsonObject::keys() const {
  std::vector<std::string> keys;
  for (const auto& member : *static_cast<const json::object*>(object_)) keys.push_back(to_text(member.key()));
  return keys;
}

std::unexpected<Error> JsonObject::wrong(std::string_view key, std::string_view why) const {
  return fail(ErrorKind::corrupt,
              document_->what + ": " + path_ + std::string(key) + ": " + std::string(why));
}

Result<std::string> JsonObject::text(std::string_view key) const {
  const void* found = find(key);
  if (found == nullptr) return std::string();
  const json::string* text = value_at(found).if_string();
  if (text == nullptr) return wrong(key, expected("a string", value_at(found)));
  return to_text(*text);
}

Result<bool> JsonObject::boolean(std::string_view key) const {
  const void* found = find(key);
  if (found == nullptr) return false;
  const bool* value = value_at(found).if_bool();
  if (value == nullptr) return wrong(key, expected("a boolean", value_at(found)));
  return *value;
}

Result<std::int64_t> JsonObject::integer(std::string_view key) const {
  const void* found = find(key);
  if (found == nullptr) return 0;
  const std::int64_t* value = value_at(found).if_int64();
  if (value != nullptr) return *value;
  if (value_at(found).is_number()) return wrong(key, "not an integer of 64 bits");
  return wrong(key, expected("a number", value_at(found)));
}

Result<std::uint64_t> JsonObject::natural(std::string_view key) const {
  const std::int64_t value = MBUILD_TRY(integer(key));
  if (value < 0) return wrong(key, "negative");
  return static_cast<std::uint64_t>(value);
}

Result<std::optional<JsonObject>> JsonObject::object(std::string_view key) const {
  const void* found = find(key);
  if (found == nullptr) return std::nullopt;
  const json::object* object = value_at(found).if_object();
  if (object == nullptr) return wrong(key, expected("an object", value_at(found)));
  return JsonObject(document_, object, path_ + std::string(key) + ".");
}

Result<std::vector<JsonObject>> JsonObject::objects(std::string_view key) const {
  std::vector<JsonObject> objects;
  const void* found = find(key);
  if (found == nullptr) return objects;
  const json::array* array = value_at(found).if_array();
  if (array == nullptr) return wrong(key, expected("an array", value_at(found)));
  objects.reserve(array->size());
  for (const json::value& element : *array) {
    const std::string name = indexed(key, objects.size());
    const json::object* object = element.if_object();
    if (object == nullptr) return wrong(name, expected("an object", element));
    objects.push_back(JsonObject(document_, object, path_ + name + "."));
  }
  return objects;
}

Result<std::optional<std::vector<std::string>>> JsonObject::texts(std::string_view key) const {
  const void* found = find(key);
  if (found == nullptr) return std::nullopt;
  const json::array* array = value_at(found).if_array();
  if (array == nullptr) return wrong(key, expected("an array", value_at(found)));
  std::vector<std::string> texts;
  texts.reserve(array->size());
  for (const json::value& element : *array) {
    const json::string* text = element.if_string();
    if (text == nullptr) return wrong(indexed(key, texts.size()), expected("a string", element));
    texts.push_back(to_text(*text));
  }
  return texts;
}

Result<std::map<std::string, std::string>> JsonObject::text_map(std::string_view key) const {
  std::map<std::string, std::string> members;
  const auto object = MBUILD_TRY(this->object(key));
  if (!object) return members;
  for (const auto& member : *static_cast<const json::object*>(object->object_)) {
    std::string name = to_text(member.key());
    const json::string* text = member.value().if_string();
    if (text == nullptr && !member.value().is_null())
      return object->wrong(name, expected("a string", member.value()));
    members.insert_or_assign(std::move(name), text == nullptr ? std::string() : to_text(*text));
  }
  return members;
}

}  // namespace mbuild
