#include "builder/sandbox/task_children.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "builder/sandbox/raw_calls.h"

namespace mbuild::builder {

namespace {

constexpr std::size_t most_found = 4096;  // in one round; there are as many rounds as it takes

// Text in memory of its own, as nothing may be allocated here.
class Path {
 public:
  Path& add(std::string_view text) {
    const std::size_t size = std::min(text.size(), sizeof text_ - 1 - size_);
    std::memcpy(text_ + size_, text.data(), size);
    size_ += size;
    return *this;
  }
  Path& add(pid_t number) {
    char digits[16];
    const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
    return add(std::string_view(digits, static_cast<std::size_t>(end - digits)));
  }
  const char* c_str() const { return text_; }

 private:
  char text_[64] = {};
  std::size_t size_ = 0;
};

struct Parent {
  pid_t pid = 0;
  pid_t parent = 0;
};

// Of "pid (any text) S ppid ...".
pid_t parent_in(std::string_view stat) {
  const std::size_t end = stat.rfind(')');
  if (end == std::string_view::npos || stat.size() < end + 5) return 0;
  stat.remove_prefix(end + 4);
  pid_t parent = 0;
  std::from_chars(stat.data(), stat.data() + stat.size(), parent);
  return parent;
}

pid_t parent_of(pid_t pid) {
  const int file = raw_calls::open(Path().add("/proc/").add(pid).add("/stat").c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  char text[512];
  const ssize_t size = ::syscall(SYS_read, file, text, sizeof text);
  raw_calls::close(file);
  return size > 0 ? parent_in(std::string_view(text, static_cast<std::size_t>(size))) : 0;
}

// Of struct linux_dirent64, which getdents64(2) gives.
constexpr std::size_t size_offset = 16;
constexpr std::size_t name_offset = 19;

// Every process of /proc with its parent, in the order of their ids.
class ProcessTable {
 public:
  void read() {
    count_ = 0;
    const int proc = raw_calls::open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (proc < 0) return;
    char buffer[4096];
    for (;;) {
      const long size = ::syscall(SYS_getdents64, proc, buffer, sizeof buffer);
      if (size <= 0) break;
      for (long at = 0; at < size;) {
        std::uint16_t entry_size = 0;
        std::memcpy(&entry_size, buffer + at + size_offset, sizeof entry_size);
        add(buffer + at + name_offset);
        at += entry_size;
      }
    }
    raw_calls::close(proc);
  }

  // Kills the children of `parent` and theirs.
  void kill_below(pid_t parent, int depth = 0) const {
    constexpr int deepest = 1000;  // of the stack; deeper ones rise when those above are gone
    if (depth == deepest) return;
    for (std::size_t i = 0; i < count_; ++i) {
      if (processes_[i].parent != parent || processes_[i].pid == parent) continue;
      ::kill(processes_[i].pid, SIGKILL);
      kill_below(processes_[i].pid, depth + 1);
    }
  }

 private:
  void add(std::string_view name) {
    pid_t pid = 0;
    const auto parsed = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (parsed.ec != std::errc() || parsed.ptr != name.data() + name.size() || count_ == most_found) return;
    if (const pid_t parent = parent_of(pid); parent != 0) processes_[count_++] = {pid, parent};
  }

  std::array<Parent, most_found> processes_;
  std::size_t count_ = 0;
};

}  // namespace

void kill_descendants(pid_t ancestor) {
  ProcessTable table;
  table.read();
  table.kill_below(ancestor);
}

}  // namespace mbuild::builder
