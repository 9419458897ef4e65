// Files of tests/corpus.
#pragma once

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/temp_dir.h"

namespace mbuild::test {

inline std::string corpus(const std::string& path) {
  return TempDir::read_file(std::filesystem::path(MBUILD_TEST_CORPUS) / path);
}

// Names without `extension`, sorted, of the files in a corpus folder that have it.
inline std::vector<std::string> corpus_names(const std::string& folder, const std::string& extension) {
  std::vector<std::string> names;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::filesystem::path(MBUILD_TEST_CORPUS) / folder)) {
    if (entry.path().extension() == extension) names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace mbuild::test
