#include "builder/snapshot/path_walk.h"

namespace mbuild::builder {

namespace {

constexpr int kSymlinkLimit = 40;

}  // namespace

std::string parent_path(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

std::string PendingPath::next() {
  std::string name = std::move(names_.back());
  names_.pop_back();
  return name;
}

bool PendingPath::follow(std::string_view target) {
  if (++symlinks_ > kSymlinkLimit) return false;
  push(target);
  return true;
}

void PendingPath::push(std::string_view path) {
  while (!path.empty()) {
    const std::size_t slash = path.rfind('/');
    const std::size_t start = slash == std::string_view::npos ? 0 : slash + 1;
    if (start < path.size()) names_.emplace_back(path.substr(start));
    path = path.substr(0, slash == std::string_view::npos ? 0 : slash);
  }
}

}  // namespace mbuild::builder
