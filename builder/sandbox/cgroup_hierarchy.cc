#include "builder/sandbox/cgroup_hierarchy.h"

#include <algorithm>
#include <map>

#include "builder/sandbox/host_file.h"

namespace mbuild::builder {

namespace {

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(separator), text.size());
    parts.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

// mountinfo writes space, tab, newline and backslash as three octal digits.
std::string unescape(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size()) {
      const auto digit = [&](std::size_t offset) { return text[i + offset] - '0'; };
      result += static_cast<char>(digit(1) * 64 + digit(2) * 8 + digit(3));
      i += 3;
    } else {
      result += text[i];
    }
  }
  return result;
}

// Lines of /proc/self/cgroup, "4:memory:/path" and "0::/path": the path for each controller, "" for v2.
std::map<std::string, std::string, std::less<>> parse_memberships(std::string_view text) {
  std::map<std::string, std::string, std::less<>> paths;
  for (const std::string_view line : split(text, '\n')) {
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (first == std::string_view::npos || second == std::string_view::npos) continue;
    const std::string path(line.substr(second + 1));
    const std::string_view controllers = line.substr(first + 1, second - first - 1);
    if (controllers.empty()) paths.emplace("", path);
    for (const std::string_view controller : split(controllers, ',')) paths.emplace(controller, path);
  }
  return paths;
}

// Where the cgroup `path` is below a mount at `root` that shows the subtree `shown`.
std::string place(const std::string& root, std::string_view shown, std::string_view path) {
  if (shown == "/") shown = "";
  if (!path.starts_with(shown)) return root;
  path.remove_prefix(shown.size());
  return path == "/" ? root : root + std::string(path);
}

}  // namespace

bool CgroupHierarchy::has(std::string_view controller) const {
  return std::ranges::find(controllers, controller) != controllers.end();
}

std::vector<CgroupHierarchy> parse_cgroup_hierarchies(std::string_view mountinfo,
                                                      std::string_view memberships) {
  const auto paths = parse_memberships(memberships);
  std::vector<CgroupHierarchy> result;
  for (const std::string_view line : split(mountinfo, '\n')) {
    const auto fields = split(line, ' ');
    const auto dash = std::ranges::find(fields, "-");
    if (fields.size() < 6 || fields.end() - dash < 4) continue;
    const std::string_view type = dash[1];
    if (type != "cgroup" && type != "cgroup2") continue;

    CgroupHierarchy hierarchy;
    hierarchy.unified = type == "cgroup2";
    hierarchy.root = unescape(fields[4]);
    auto path = hierarchy.unified ? paths.find("") : paths.end();
    if (!hierarchy.unified) {
      for (const std::string_view option : split(dash[3], ',')) {
        const auto found = paths.find(option);
        if (found == paths.end()) continue;
        hierarchy.controllers.emplace_back(option);
        path = found;
      }
    }
    if (path == paths.end()) continue;
    hierarchy.own = place(hierarchy.root, unescape(fields[3]), path->second);
    result.push_back(std::move(hierarchy));
  }
  return result;
}

Result<std::vector<CgroupHierarchy>> find_cgroup_hierarchies() {
  const std::string mountinfo = MBUILD_TRY(read_host_file("/proc/thread-self/mountinfo"));
  const std::string memberships = MBUILD_TRY(read_host_file("/proc/thread-self/cgroup"));
  return parse_cgroup_hierarchies(mountinfo, memberships);
}

}  // namespace mbuild::builder
