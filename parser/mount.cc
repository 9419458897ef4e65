#include "parser/mount.h"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include "parser/characters.h"
#include "parser/grammar.h"
#include "parser/mount_values.h"
#include "parser/path.h"
#include "parser/suggest.h"

namespace mbuild::parser {

namespace {

// In the order of suggestions: the long names first.
constexpr std::string_view keys[] = {
    "type", "from", "source", "target", "readonly",    "id",  "sharing", "required",  "size", "mode",
    "uid",  "gid",  "env",    "src",    "destination", "dst", "ro",      "readwrite", "rw"};
constexpr std::string_view types[] = {"bind", "cache", "tmpfs", "secret", "ssh"};
constexpr std::string_view sharings[] = {"shared", "private", "locked"};

struct Field {
  std::string text;  // CSV quotes removed
  std::string key;   // lower case
  std::optional<std::string> value;
  Span span;
};

using Outcome = std::expected<void, MountError>;

std::unexpected<MountError> fail_at(const Field& field, std::string message) {
  return std::unexpected(MountError{std::move(message), field.span.begin, field.span.end});
}

std::string quoted(std::string_view text) {
  return '"' + std::string(text) + '"';
}

std::string did_you_mean(std::string_view word, std::span<const std::string_view> candidates) {
  const std::string_view meant = closest(word, candidates);
  return meant.empty() ? "" : " (did you mean " + std::string(meant) + "?)";
}

template <typename Values>
std::size_t index_of(const Values& values, std::string_view value) {
  return static_cast<std::size_t>(std::find(std::begin(values), std::end(values), value) -
                                  std::begin(values));
}

std::expected<std::vector<Field>, MountError> read_fields(std::string_view value) {
  const auto read = grammar::csv_fields(value);
  if (!read) {
    const grammar::CsvError& error = read.error();
    return std::unexpected(
        MountError{"failed to parse csv mounts: " + error.message, error.span.begin, error.span.end});
  }
  std::vector<Field> fields;
  for (const grammar::CsvField& field : *read) {
    const std::size_t equals = field.value.find('=');
    Field& added = fields.emplace_back();
    added.text = field.value;
    added.key = to_lower(std::string_view(field.value).substr(0, equals));
    if (equals != std::string::npos) added.value = field.value.substr(equals + 1);
    added.span = field.span;
  }
  return fields;
}

Outcome check_key(const Field& field) {
  const bool known = index_of(keys, field.key) != std::size(keys);
  const bool stands_alone = field.key == "readonly" || field.key == "ro" || field.key == "readwrite" ||
                            field.key == "rw" || field.key == "required";
  if (!field.value && !stands_alone)
    return fail_at(field, "invalid field '" + field.text + "' must be a key=value pair" +
                              (known ? "" : did_you_mean(field.key, keys)));
  if (known) return {};
  return fail_at(
      field, "unexpected key '" + field.key + "' in '" + field.text + "'" + did_you_mean(field.key, keys));
}

// `$` and a character after it.
bool has_variable(std::string_view value) {
  const std::size_t dollar = value.find('$');
  return dollar != std::string_view::npos && dollar + 1 < value.size();
}

Outcome expand_value(Field& field, const MountExpansion& expand) {
  if (!field.value) return {};
  if (field.key == "from") {
    if (!has_variable(*field.value)) return {};
    return fail_at(field, "'from' doesn't support variable expansion, define alias stage instead");
  }
  if (!expand) return {};
  std::expected<std::string, std::string> expanded = expand(*field.value);
  if (!expanded) return fail_at(field, std::move(expanded).error());
  field.value = std::move(*expanded);
  return {};
}

Outcome read_type(Mount& mount, const Field& field) {
  const std::size_t index = index_of(types, to_lower(*field.value));
  if (index == std::size(types))
    return fail_at(field,
                   "unsupported mount type " + quoted(*field.value) + did_you_mean(*field.value, types));
  mount.type = static_cast<MountType>(index);
  return {};
}

Outcome read_sharing(Mount& mount, const Field& field) {
  if (mount.type == MountType::secret) return fail_at(field, "secret mount should not define sharing");
  if (mount.type != MountType::cache)
    return fail_at(field, "invalid cache sharing set for " + std::string(to_string(mount.type)) + " mount");
  const std::size_t index = index_of(sharings, to_lower(*field.value));
  if (index == std::size(sharings))
    return fail_at(
        field, "unsupported sharing value " + quoted(*field.value) + did_you_mean(*field.value, sharings));
  mount.sharing = static_cast<CacheSharing>(index);
  return {};
}

// readonly, readwrite, required: with a boolean value, or alone for true.
Outcome read_switch(Mount& mount, const Field& field) {
  const bool can_be_missing = mount.type == MountType::secret || mount.type == MountType::ssh;
  if (field.key == "required" && !can_be_missing)
    return fail_at(field,
                   "unexpected key 'required' for mount type '" + std::string(to_string(mount.type)) + "'");
  const std::optional<bool> value = field.value ? read_boolean(*field.value) : true;
  if (!value)
    return fail_at(field, "invalid value for " + field.key + ": " + *field.value + " (write true or false)");
  if (field.key == "required")
    mount.required = *value;
  else
    mount.read_only = *value == (field.key == "readonly" || field.key == "ro");
  return {};
}

// mode, uid, gid.
Outcome read_owner(Mount& mount, const Field& field) {
  if (mount.type == MountType::bind || mount.type == MountType::tmpfs)
    return fail_at(field, field.key + " not allowed for " + quoted(to_string(mount.type)) + " type mounts");
  const std::optional<std::uint32_t> value = read_number(*field.value, field.key == "mode" ? 8 : 10);
  if (!value) return fail_at(field, "invalid value " + *field.value + " for " + field.key);
  (field.key == "mode" ? mount.mode : field.key == "uid" ? mount.uid : mount.gid) = value;
  return {};
}

Outcome read_size_limit(Mount& mount, const Field& field) {
  if (mount.type != MountType::tmpfs)
    return fail_at(field,
                   "unexpected key 'size' for mount type '" + std::string(to_string(mount.type)) + "'");
  mount.size = read_size(*field.value);
  if (!mount.size) return fail_at(field, "invalid value for size: " + *field.value + " (write 64m or 1g)");
  return {};
}

Outcome read_env(Mount& mount, const Field& field) {
  if (mount.type != MountType::secret)
    return fail_at(field, "unexpected key 'env' for mount type '" + std::string(to_string(mount.type)) + "'");
  if (!field.value->empty()) mount.env = field.value;
  return {};
}

Outcome read_field(Mount& mount, const Field& field) {
  const std::string& key = field.key;
  if (key == "from")
    mount.from = *field.value;
  else if (key == "source" || key == "src")
    mount.source = *field.value;
  else if (key == "target" || key == "dst" || key == "destination")
    mount.target = *field.value;
  else if (key == "id")
    mount.id = *field.value;
  else if (key == "sharing")
    return read_sharing(mount, field);
  else if (key == "mode" || key == "uid" || key == "gid")
    return read_owner(mount, field);
  else if (key == "size")
    return read_size_limit(mount, field);
  else if (key == "env")
    return read_env(mount, field);
  else if (key != "type")
    return read_switch(mount, field);
  return {};
}

// What the options are together.
Outcome check_whole(Mount& mount, std::size_t length) {
  const auto fail_whole = [&](std::string message) {
    return std::unexpected(MountError{std::move(message), 0, length});
  };
  if (mount.type == MountType::secret) {
    if (!mount.from.empty()) return fail_whole("secret mount should not have a from");
    if (mount.source.empty() && mount.target.empty() && mount.id.empty())
      return fail_whole("invalid secret mount. one of source, target required");
    if (!mount.source.empty() && !mount.id.empty()) return fail_whole("both source and id can't be set");
    if (mount.id.empty()) mount.id = std::exchange(mount.source, {});
  } else if (mount.type != MountType::ssh && mount.target.empty()) {
    return fail_whole("missing target of " + std::string(to_string(mount.type)) + " mount: add target=/path");
  }
  if (mount.target.starts_with('/') && clean_path(mount.target) == "/")
    return fail_whole("invalid mount target " + quoted(mount.target));
  return {};
}

}  // namespace

std::string_view to_string(MountType type) {
  return types[static_cast<std::size_t>(type)];
}

std::expected<Mount, MountError> read_mount(std::string_view value, const MountExpansion& expand) {
  std::expected<std::vector<Field>, MountError> fields = read_fields(value);
  if (!fields) return std::unexpected(std::move(fields).error());
  Mount mount;
  for (Field& field : *fields) {
    if (Outcome read = check_key(field); !read) return std::unexpected(std::move(read).error());
    if (Outcome read = expand_value(field, expand); !read) return std::unexpected(std::move(read).error());
    if (field.key != "type") continue;
    if (Outcome read = read_type(mount, field); !read) return std::unexpected(std::move(read).error());
  }
  // What the other keys may say depends on the type, which may stand after them.
  for (const Field& field : *fields) {
    if (Outcome read = read_field(mount, field); !read) return std::unexpected(std::move(read).error());
  }
  if (Outcome whole = check_whole(mount, value.size()); !whole)
    return std::unexpected(std::move(whole).error());
  return mount;
}

std::expected<std::optional<MountFrom>, MountError> find_mount_from(std::string_view value) {
  std::expected<std::vector<Field>, MountError> fields = read_fields(value);
  if (!fields) return std::unexpected(std::move(fields).error());
  std::optional<MountFrom> from;
  for (Field& field : *fields) {
    if (field.key != "from" || !field.value) continue;
    if (Outcome read = expand_value(field, {}); !read) return std::unexpected(std::move(read).error());
    if (field.value->empty()) {
      from.reset();
      continue;
    }
    const std::size_t end = field.span.end - (value[field.span.begin] == '"' ? 1 : 0);
    from = MountFrom{std::move(*field.value), value.find('=', field.span.begin) + 1, end};
  }
  return from;
}

}  // namespace mbuild::parser
