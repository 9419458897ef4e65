#include "cli/write_file.h"

#include <cerrno>
#include <fstream>

namespace mbuild::cli {

Result<void> write_file(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  file.flush();
  if (!file) return fail_errno(errno, "write " + path);
  return {};
}

}  // namespace mbuild::cli
