// Walking paths name by name, with symlinks, where the kernel does not do it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mbuild::builder {

// "a/b/c" -> "a/b", "a" -> "".
std::string parent_path(const std::string& path);

// What is left of a path to be walked.
class PendingPath {
 public:
  explicit PendingPath(std::string_view path) { push(path); }
  bool empty() const { return names_.empty(); }
  std::string next();
  // Puts a symlink's target in front. False after as many as the kernel follows (MAXSYMLINKS).
  bool follow(std::string_view target);

 private:
  void push(std::string_view path);
  std::vector<std::string> names_;  // next one last
  int symlinks_ = 0;
};

}  // namespace mbuild::builder
