#include "builder/sandbox/identity_table.h"

#include <fcntl.h>
#include <unistd.h>

#include <charconv>
#include <sstream>
#include <string_view>

namespace mbuild::builder {

namespace {

constexpr int deepest = 64;  // parents that were never seen; beyond them the step's own identity is as good

pid_t number_after(std::string_view text, std::string_view key) {
  const std::size_t at = text.find(key);
  if (at == std::string_view::npos) return 0;
  text.remove_prefix(at + key.size());
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  pid_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

std::string IdentityTable::read(const std::string& path) const {
  const Fd file(::openat(proc_, path.c_str(), O_RDONLY | O_CLOEXEC));
  char text[4096];
  const ssize_t size = file ? ::read(file.get(), text, sizeof text) : 0;
  return size > 0 ? std::string(text, static_cast<std::size_t>(size)) : std::string();
}

// "pid (any text) S ppid ...", the start being the 22nd field.
IdentityTable::Stat IdentityTable::stat_of(pid_t process) const {
  const std::string text = read(std::to_string(process) + "/stat");
  const std::size_t end = text.rfind(')');
  if (end == std::string::npos) return {};
  std::istringstream fields(text.substr(end + 1));
  std::string state;
  Stat stat;
  fields >> state >> stat.parent;
  for (int field = 5; field <= 22; ++field) fields >> stat.started;
  return stat;
}

IdentityTable::Known& IdentityTable::find(pid_t process, int depth) {
  Stat stat = stat_of(process);
  const auto known = known_.find(process);
  if (known != known_.end() && known->second.started == stat.started) return known->second;
  const bool has_parent = stat.parent > 1 && depth < deepest;
  Identity identity = has_parent ? find(stat.parent, depth + 1).identity : first_;
  return known_.insert_or_assign(process, Known{std::move(stat.started), std::move(identity)}).first->second;
}

Identity& IdentityTable::of_thread(pid_t thread) {
  const pid_t process = number_after(read(std::to_string(thread) + "/status"), "\nTgid:");
  return find(process != 0 ? process : thread, 0).identity;
}

}  // namespace mbuild::builder
