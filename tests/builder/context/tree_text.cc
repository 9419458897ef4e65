#include "tests/builder/context/tree_text.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/xattr.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <stdexcept>
#include <vector>

#include "registry/base/fs_at.h"

namespace mbuild::test {

namespace {

namespace fs = std::filesystem;

struct Line {
  char type = 'f';
  std::string path;
  unsigned mode = 0644;
  unsigned uid = 0;
  unsigned gid = 0;
  std::string content;
  std::string target;
  std::optional<timespec> mtime;
  std::map<std::string, std::string> xattrs;
};

void check(bool done, const std::string& action) {
  if (!done) throw std::runtime_error(action + ": " + std::strerror(errno));
}

void parse_word(const std::string& word, Line& line) {
  if (word[0] == '=') {
    line.content = word.substr(1);
  } else if (word[0] == '>') {
    line.target = word.substr(1);
  } else if (word[0] == '@') {
    const std::size_t dot = word.find('.');
    timespec time{.tv_sec = std::stol(word.substr(1)), .tv_nsec = 0};
    if (dot != std::string::npos) time.tv_nsec = std::stol(word.substr(dot + 1));
    line.mtime = time;
  } else if (word[0] == '#') {
    const std::size_t equals = word.find('=');
    line.xattrs[word.substr(1, equals - 1)] = word.substr(equals + 1);
  } else if (const std::size_t colon = word.find(':'); colon != std::string::npos) {
    line.uid = static_cast<unsigned>(std::stoul(word));
    line.gid = static_cast<unsigned>(std::stoul(word.substr(colon + 1)));
  } else {
    line.mode = static_cast<unsigned>(std::stoul(word, nullptr, 8));
  }
}

std::vector<Line> parse(std::string_view text) {
  std::vector<Line> lines;
  std::istringstream input{std::string(text)};
  for (std::string raw; std::getline(input, raw);) {
    std::istringstream words(raw);
    Line line;
    std::string word;
    if (!(words >> line.type >> line.path)) continue;
    if (line.type == 'd') line.mode = 0755;
    while (words >> word) parse_word(word, line);
    lines.push_back(std::move(line));
  }
  return lines;
}

std::string render(const Line& line) {
  if (line.type == 'h') return fmt::format("h {} >{}\n", line.path, line.target);
  std::string text = fmt::format("{} {}", line.type, line.path);
  if (line.type != 'l') text += fmt::format(" {:o}", line.mode);
  text += fmt::format(" {}:{}", line.uid, line.gid);
  if (!line.content.empty()) text += " =" + line.content;
  if (!line.target.empty()) text += " >" + line.target;
  if (line.mtime) text += fmt::format(" @{}.{}", line.mtime->tv_sec, line.mtime->tv_nsec);
  for (const auto& [name, value] : line.xattrs) text += fmt::format(" #{}={}", name, value);
  return text + "\n";
}

void make_socket(const std::string& path) {
  const Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  check(path.size() < sizeof address.sun_path, "socket path " + path);
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  check(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0, "bind " + path);
}

dev_t device_of(const std::string& target) {
  return makedev(std::stoul(target), std::stoul(target.substr(target.find(':') + 1)));
}

void make_parents(const fs::path& path) {
  if (fs::exists(path)) return;
  make_parents(path.parent_path());
  fs::create_directory(path);
  check(::chmod(path.c_str(), 0755) == 0, "chmod " + path.string());
}

void make_entry(const std::string& root, const Line& line) {
  const std::string path = root + "/" + line.path;
  make_parents(fs::path(path).parent_path());
  switch (line.type) {
    case 'd':
      fs::create_directories(path);
      break;
    case 'f':
      std::ofstream(path, std::ios::binary) << line.content;
      break;
    case 'l':
      check(::symlink(line.target.c_str(), path.c_str()) == 0, "symlink " + path);
      break;
    case 'h':
      check(::link((root + "/" + line.target).c_str(), path.c_str()) == 0, "link " + path);
      return;
    case 'p':
      check(::mkfifo(path.c_str(), 0600) == 0, "mkfifo " + path);
      break;
    case 's':
      make_socket(path);
      break;
    case 'c':
    case 'b':
      check(::mknod(path.c_str(), line.type == 'c' ? S_IFCHR | 0600 : S_IFBLK | 0600,
                    device_of(line.target)) == 0,
            "mknod " + path);
      break;
    default:
      throw std::runtime_error(fmt::format("unknown type {}", line.type));
  }
  check(::lchown(path.c_str(), line.uid, line.gid) == 0, "chown " + path);
  if (line.type != 'l') check(::chmod(path.c_str(), line.mode) == 0, "chmod " + path);
  for (const auto& [name, value] : line.xattrs) {
    check(::lsetxattr(path.c_str(), name.c_str(), value.data(), value.size(), 0) == 0, "setxattr " + path);
  }
}

std::map<std::string, std::string> xattrs_of(const std::string& path) {
  std::map<std::string, std::string> xattrs;
  char names[4096];
  const ssize_t size = ::llistxattr(path.c_str(), names, sizeof names);
  for (ssize_t i = 0; i < size; i += static_cast<ssize_t>(std::strlen(names + i)) + 1) {
    char value[4096];
    const ssize_t length = ::lgetxattr(path.c_str(), names + i, value, sizeof value);
    if (length >= 0) xattrs[names + i] = std::string(value, static_cast<std::size_t>(length));
  }
  return xattrs;
}

Line describe(const std::string& path, const struct stat& status) {
  Line line;
  line.mode = status.st_mode & 07777;
  line.uid = status.st_uid;
  line.gid = status.st_gid;
  line.mtime = status.st_mtim;
  if (S_ISDIR(status.st_mode)) line.type = 'd';
  if (S_ISFIFO(status.st_mode)) line.type = 'p';
  if (S_ISSOCK(status.st_mode)) line.type = 's';
  if (S_ISREG(status.st_mode)) {
    std::ostringstream content;
    content << std::ifstream(path, std::ios::binary).rdbuf();
    line.content = content.str();
  }
  if (S_ISLNK(status.st_mode)) {
    line.type = 'l';
    line.target = fs::read_symlink(path).string();
  }
  if (S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode)) {
    line.type = S_ISCHR(status.st_mode) ? 'c' : 'b';
    line.target = fmt::format("{}:{}", major(status.st_rdev), minor(status.st_rdev));
  }
  if (line.type != 'l') line.xattrs = xattrs_of(path);
  return line;
}

}  // namespace

TemporaryDirectory::TemporaryDirectory() : path_((fs::temp_directory_path() / "mbuild-XXXXXX").string()) {
  check(::mkdtemp(path_.data()) != nullptr, "mkdtemp");
  fd_.reset(::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  check(static_cast<bool>(fd_), "open " + path_);
}

TemporaryDirectory::~TemporaryDirectory() {
  const Fd parent(::open(fs::path(path_).parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  static_cast<void>(fs_at::remove_tree(parent.get(), fs::path(path_).filename().string()));
}

void make_tree(const std::string& root, std::string_view text) {
  const std::vector<Line> lines = parse(text);
  for (const Line& line : lines) make_entry(root, line);
  for (auto line = lines.rbegin(); line != lines.rend(); ++line) {
    if (!line->mtime) continue;
    const timespec times[2] = {*line->mtime, *line->mtime};
    const std::string path = root + "/" + line->path;
    check(::utimensat(AT_FDCWD, path.c_str(), times, AT_SYMLINK_NOFOLLOW) == 0, "utimes " + path);
  }
}

std::string tree_text(const std::string& root, std::string_view like) {
  std::set<std::string> timed;
  for (const Line& line : parse(like)) {
    if (line.mtime) timed.insert(line.path);
  }
  std::set<std::string> paths;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    paths.insert(entry.path().string().substr(root.size() + 1));
  }
  std::map<ino_t, std::string> first_names;
  std::string text;
  for (const std::string& name : paths) {
    struct stat status {};
    check(::lstat((root + "/" + name).c_str(), &status) == 0, "stat " + name);
    Line line = describe(root + "/" + name, status);
    line.path = name;
    if (!timed.contains(name)) line.mtime.reset();
    if (S_ISREG(status.st_mode) && status.st_nlink > 1) {
      const auto [first, is_first] = first_names.try_emplace(status.st_ino, name);
      if (!is_first) {
        line.type = 'h';
        line.target = first->second;
      }
    }
    text += render(line);
  }
  return text;
}

std::string normal_tree_text(std::string_view text) {
  std::map<std::string, Line> lines;
  for (const Line& line : parse(text)) {
    lines[line.path] = line;
    for (fs::path parent = fs::path(line.path).parent_path(); !parent.empty();
         parent = parent.parent_path()) {
      Line& above = lines[parent.string()];
      if (!above.path.empty()) continue;
      above.type = 'd';
      above.mode = 0755;
      above.path = parent.string();
    }
  }
  std::string normal;
  for (const auto& [path, line] : lines) normal += render(line);
  return normal;
}

}  // namespace mbuild::test
