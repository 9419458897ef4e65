// Archives for tests, written by libarchive.
#pragma once

#include <string>
#include <vector>

#include "registry/oci/entry.h"

namespace mbuild::test {

struct Member {
  oci::Entry entry;
  std::string content;
};

// Shorthands. Owner 0:0, mtime 1000000000, modes 0644 and 0755.
Member file(std::string path, std::string content);
Member directory(std::string path);
Member symlink(std::string path, std::string target);
Member hardlink(std::string path, std::string first);

// A PAX archive; `filter` is "", "gzip", "bzip2", "xz" or "zstd".
std::string make_archive(const std::vector<Member>& members, const std::string& filter = "");

}  // namespace mbuild::test
