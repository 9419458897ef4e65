// Users and groups of a root file system: what --chown, USER and WORKDIR mean by their names.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "builder/context/owner.h"
#include "registry/base/result.h"

namespace mbuild::builder {

struct PasswdEntry {
  std::string name;
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::string home;
};

struct GroupEntry {
  std::string name;
  std::uint32_t gid = 0;
  std::vector<std::string> members;
};

// /etc/passwd and /etc/group. The first entry of a name or number counts, lines that make no sense do not.
struct UserDatabase {
  std::vector<PasswdEntry> users;
  std::vector<GroupEntry> groups;

  // Symlinks are followed inside `rootfs`, a directory descriptor. A missing file has no entries; one of more
  // than 10 MiB or that is no regular file is `invalid_input`.
  static Result<UserDatabase> read(int rootfs);
  // From the text of both files.
  static UserDatabase parse(std::string_view passwd, std::string_view group);
};

struct ResolvedChown {
  Owner owner;
  // "user x", "group y": names that nothing is known of. Such a user is 0:0, such a group as if it were not
  // given. BuildKit says nothing; a warning is in order.
  std::vector<std::string> unknown;
};

// Whether resolve_chown() of this spec looks anything up. "root" is always 0.
bool chown_needs_users(std::string_view spec);

// `user[:group]` of --chown and of the directories WORKDIR makes (BuildKit client/llb/fileop.go and
// solver/llbsolver/file/user_linux.go; SEMANTICS, items 1 and 2): a number alone is the group too, a name
// alone brings its primary group, an empty part (`5:`, `:6`) is 0. Null `users` (--link, where no root file
// system counts) makes names `invalid_input`.
Result<ResolvedChown> resolve_chown(std::string_view spec, const UserDatabase* users);

// What a process of a step runs as.
struct StepUser {
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::vector<std::uint32_t> groups;  // supplementary; the primary one comes first
};

// `user[:group]` of USER; empty is root (SEMANTICS A13, USER, and item 25; moby/sys/user GetExecUser).
// Unknown names are `invalid_input` in BuildKit's words, unknown numbers are not.
Result<StepUser> resolve_user(std::string_view spec, const UserDatabase& users);

// The home directory of the first entry with this number, "/" when there is none: what HOME is when nobody
// sets it.
std::string home_of(std::uint32_t uid, const UserDatabase& users);

}  // namespace mbuild::builder
