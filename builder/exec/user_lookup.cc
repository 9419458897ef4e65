#include "builder/exec/user_lookup.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>

namespace mbuild::builder {

namespace {

constexpr std::int64_t kLargestId = std::numeric_limits<std::int32_t>::max();

struct Spec {
  std::string_view user;
  std::string_view group;
};

Spec split_spec(std::string_view spec) {
  const std::size_t colon = spec.find(':');
  if (colon == std::string_view::npos) return {.user = spec, .group = {}};
  return {.user = spec.substr(0, colon), .group = spec.substr(colon + 1)};
}

std::optional<std::int64_t> number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// A number that can be an id, or "root" for 0.
std::optional<std::uint32_t> fixed_id(std::string_view text) {
  if (text == "root") return 0;
  const auto value = number(text);
  if (!value || *value < 0 || *value > kLargestId) return std::nullopt;
  return static_cast<std::uint32_t>(*value);
}

// The same of a part of --chown, where an empty one is 0, as it has no name.
std::optional<std::uint32_t> fixed_part(std::string_view text) {
  return text.empty() ? 0 : fixed_id(text);
}

const PasswdEntry* find_user(const UserDatabase& users, std::string_view name) {
  const auto found = std::ranges::find(users.users, name, &PasswdEntry::name);
  return found == users.users.end() ? nullptr : &*found;
}

const GroupEntry* find_group(const UserDatabase& users, std::string_view name) {
  const auto found = std::ranges::find(users.groups, name, &GroupEntry::name);
  return found == users.groups.end() ? nullptr : &*found;
}

std::unexpected<Error> no_users(std::string_view spec, const char* kind) {
  return std::unexpected(
      Error(ErrorKind::invalid_input,
            std::string("invalid missing ") + kind + " mount: --chown=" + std::string(spec))
          .with_hint("with --link the files go into a layer of their own, where no names are known: "
                     "use numbers"));
}

Result<std::uint32_t> in_range(std::int64_t id) {
  if (id >= 0 && id <= kLargestId) return static_cast<std::uint32_t>(id);
  return fail(ErrorKind::invalid_input, "uids and gids must be in range 0-2147483647");
}

std::unexpected<Error> unknown(const char* kind, std::string_view name, const char* file) {
  return fail(ErrorKind::invalid_input, std::string("unable to find ") + kind + " " + std::string(name) +
                                            ": no matching entries in " + file + " file");
}

Result<std::uint32_t> resolve_group(std::string_view group, const UserDatabase& users) {
  if (const auto id = number(group)) return in_range(*id);
  if (const GroupEntry* entry = find_group(users, group)) return entry->gid;
  return unknown("group", group, "group");
}

std::vector<std::uint32_t> groups_of(const std::string& name, const UserDatabase& users) {
  std::vector<std::uint32_t> groups;
  for (const GroupEntry& group : users.groups) {
    if (std::ranges::find(group.members, name) != group.members.end()) groups.push_back(group.gid);
  }
  return groups;
}

}  // namespace

bool chown_needs_users(std::string_view spec) {
  const auto [user, group] = split_spec(spec);
  return !fixed_part(user) || !fixed_part(group);
}

Result<ResolvedChown> resolve_chown(std::string_view spec, const UserDatabase* users) {
  const auto [user, group] = split_spec(spec);
  ResolvedChown resolved;
  if (const auto id = fixed_part(user)) {
    resolved.owner = {.uid = *id, .gid = *id};
  } else if (users == nullptr) {
    return no_users(spec, "user");
  } else if (const PasswdEntry* entry = find_user(*users, user)) {
    resolved.owner = {.uid = entry->uid, .gid = entry->gid};
  } else {
    resolved.unknown.push_back("user " + std::string(user));
  }
  if (!spec.contains(':')) return resolved;

  if (const auto id = fixed_part(group)) {
    resolved.owner.gid = *id;
  } else if (users == nullptr) {
    return no_users(spec, "group");
  } else if (const GroupEntry* entry = find_group(*users, group)) {
    resolved.owner.gid = entry->gid;
  } else {
    resolved.unknown.push_back("group " + std::string(group));
  }
  return resolved;
}

Result<StepUser> resolve_user(std::string_view spec, const UserDatabase& users) {
  const auto [user, group] = split_spec(spec);
  const auto fixed_user = fixed_id(user);
  const auto fixed_group = fixed_id(group);
  if (fixed_user && fixed_group) return StepUser{*fixed_user, *fixed_group, {*fixed_group}};

  StepUser result;
  const auto wanted = user.empty() ? std::optional<std::int64_t>(0) : number(user);
  const auto entry = std::ranges::find_if(users.users, [&](const PasswdEntry& candidate) {
    return wanted ? candidate.uid == *wanted : candidate.name == user;
  });
  const bool known = entry != users.users.end();
  if (!known && !wanted) return unknown("user", user, "passwd");
  result.uid = known ? entry->uid : MBUILD_TRY(in_range(*wanted));
  result.gid = known ? entry->gid : 0;
  if (!group.empty()) {
    result.gid = MBUILD_TRY(resolve_group(group, users));
    result.groups = {result.gid};
    return result;
  }
  result.groups = {result.gid};
  if (!known) return result;
  for (const std::uint32_t gid : groups_of(entry->name, users)) {
    if (std::ranges::find(result.groups, gid) == result.groups.end()) result.groups.push_back(gid);
  }
  return result;
}

std::string home_of(std::uint32_t uid, const UserDatabase& users) {
  const auto entry = std::ranges::find(users.users, uid, &PasswdEntry::uid);
  return entry == users.users.end() || entry->home.empty() ? "/" : entry->home;
}

}  // namespace mbuild::builder
