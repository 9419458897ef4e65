#include "registry/remote/auth_file.h"

#include <boost/json.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <filesystem>
#include <functional>

#include "registry/base/atomic_file.h"
#include "registry/base/json_writer.h"
#include "registry/remote/base64.h"
#include "registry/remote/text_file.h"

namespace mbuild::remote {

namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

constexpr unsigned kIndent = 4;

Result<json::object> read_object(const std::string& path) {
  auto text = MBUILD_TRY(read_text_file(path));
  if (!text || text->empty()) return json::object();
  json::error_code failure;
  json::value value = json::parse(*text, failure);
  if (failure || !value.is_object())
    return fail(ErrorKind::invalid_input, path + " is not a JSON object, and is left as it is");
  return std::move(value.as_object());
}

void write_value(JsonWriter& writer, const json::value& value) {
  if (const json::object* object = value.if_object()) {
    writer.begin_object();
    for (const auto& [key, member] : *object) write_value(writer.key({key.data(), key.size()}), member);
    writer.end_object();
  } else if (const json::array* array = value.if_array()) {
    writer.begin_array();
    for (const json::value& element : *array) write_value(writer, element);
    writer.end_array();
  } else {
    writer.raw(json::serialize(value));
  }
}

Result<void> write_object(const std::string& path, const json::object& object) {
  std::error_code failure;
  fs::path target = fs::weakly_canonical(path, failure);
  if (failure) return fail(ErrorKind::io, fmt::format("resolve {}: {}", path, failure.message()));
  fs::path folder = target.parent_path();
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST)
    return fail_errno(errno, "make " + folder.string());
  Fd dir(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!dir) return fail_errno(errno, "open " + folder.string());
  JsonWriter writer(kIndent);
  write_value(writer, object);
  AtomicFile file = MBUILD_TRY(AtomicFile::create(dir.get(), target.filename().string(), 0600));
  MBUILD_CHECK_AS("write " + path, file.write(writer.str() + "\n"));
  return file.commit();
}

// The object behind `key`, made when it is missing or something else.
json::object& object_at(json::object& parent, std::string_view key) {
  json::value& value = parent[json::string_view(key.data(), key.size())];
  return value.is_object() ? value.get_object() : value.emplace_object();
}

}  // namespace

Result<void> set_auth(const std::string& path, const std::string& key, const Credentials& credentials) {
  json::object file = MBUILD_TRY(read_object(path));
  json::object entry;
  if (!credentials.identity_token.empty())
    entry["identitytoken"] = credentials.identity_token;
  else
    entry["auth"] = base64_encode(credentials.username + ":" + credentials.password);
  object_at(file, "auths")[key] = std::move(entry);
  return write_object(path, file);
}

Result<bool> remove_auth(const std::string& path, const std::string& key) {
  json::object file = MBUILD_TRY(read_object(path));
  json::value* auths = file.if_contains("auths");
  if (!auths || !auths->is_object() || auths->get_object().erase(key) == 0) return false;
  MBUILD_CHECK(write_object(path, file));
  return true;
}

}  // namespace mbuild::remote
