// UserDatabase: reading and parsing.
#include <fcntl.h>

#include <charconv>

#include "builder/exec/user_lookup.h"
#include "registry/base/fs_at.h"
#include "registry/base/split.h"
#include "registry/base/trim.h"

namespace mbuild::builder {

namespace {

constexpr std::uint64_t kLargest = std::uint64_t{10} << 20;

constexpr std::string_view kBlanks = " \t\r\v\f";

bool parse_id(std::string_view text, std::uint32_t& id) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  return error == std::errc() && end == text.data() + text.size();
}

Result<std::string> read_database(int rootfs, const char* path) {
  const auto there = MBUILD_TRY(fs_at::open_if_exists(rootfs, path, O_PATH, fs_at::Links::in_root));
  if (!there) return std::string();
  return fs_at::read_file(rootfs, path, fs_at::Links::in_root, kLargest);
}

// name:password:uid:gid:comment:home:shell
void add_user(std::string_view line, std::vector<PasswdEntry>& users) {
  const auto fields = split(line, ':');
  PasswdEntry user;
  if (fields.size() < 4 || !parse_id(fields[2], user.uid) || !parse_id(fields[3], user.gid)) return;
  user.name = fields[0];
  if (fields.size() > 5) user.home = fields[5];
  users.push_back(std::move(user));
}

// name:password:gid:member,member
void add_group(std::string_view line, std::vector<GroupEntry>& groups) {
  const auto fields = split(line, ':');
  GroupEntry group;
  if (fields.size() < 3 || !parse_id(fields[2], group.gid)) return;
  group.name = fields[0];
  if (fields.size() > 3 && !fields[3].empty()) {
    for (const std::string_view member : split(fields[3], ',')) group.members.emplace_back(member);
  }
  groups.push_back(std::move(group));
}

}  // namespace

UserDatabase UserDatabase::parse(std::string_view passwd, std::string_view group) {
  UserDatabase database;
  for (const std::string_view line : split(passwd, '\n')) add_user(trim(line, kBlanks), database.users);
  for (const std::string_view line : split(group, '\n')) add_group(trim(line, kBlanks), database.groups);
  return database;
}

Result<UserDatabase> UserDatabase::read(int rootfs) {
  const std::string passwd = MBUILD_TRY_AS("look up users", read_database(rootfs, "etc/passwd"));
  const std::string group = MBUILD_TRY_AS("look up groups", read_database(rootfs, "etc/group"));
  return parse(passwd, group);
}

}  // namespace mbuild::builder
