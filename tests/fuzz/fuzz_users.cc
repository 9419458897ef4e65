// /etc/passwd and /etc/group of an image, and the USER and --chown that name what is in them. The first line
// is a user[:group], what follows up to a NUL is passwd, the rest is group.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "builder/exec/user_lookup.h"

namespace {

using namespace mbuild::builder;

constexpr std::uint32_t kLargestNumber = 2147483647;

void require(bool holds) {
  if (!holds) std::abort();
}

std::string_view take_until(std::string_view& text, char separator) {
  const std::size_t end = text.find(separator);
  const std::string_view taken = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return taken;
}

bool has_uid(const UserDatabase& users, std::uint32_t uid) {
  for (const PasswdEntry& user : users.users) {
    if (user.uid == uid) return true;
  }
  return false;
}

void check_user(std::string_view spec, const UserDatabase& users) {
  const auto user = resolve_user(spec, users);
  if (!user) return require(!user.error().message().empty());
  require(!user->groups.empty() && user->groups.front() == user->gid);
  require(user->groups.size() <= users.groups.size() + 1);
  // Numbers that no entry vouches for stay within the range of ids.
  require(user->uid <= kLargestNumber || has_uid(users, user->uid));
  require(!home_of(user->uid, users).empty());
}

void check_chown(std::string_view spec, const UserDatabase& users) {
  const auto with = resolve_chown(spec, &users);
  require(with.has_value());
  const auto without = resolve_chown(spec, nullptr);
  require(without.has_value() == !chown_needs_users(spec));
  if (without) require(without->owner.uid == with->owner.uid && without->owner.gid == with->owner.gid);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  const std::string_view spec = take_until(rest, '\n');
  const std::string_view passwd = take_until(rest, '\0');
  const UserDatabase users = UserDatabase::parse(passwd, rest);
  for (const PasswdEntry& user : users.users) {
    require(user.name.find_first_of(":\n") == std::string::npos);
    require(user.home.find_first_of(":\n") == std::string::npos);
  }
  check_user(spec, users);
  check_chown(spec, users);
  return 0;
}
