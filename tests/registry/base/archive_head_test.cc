#include "registry/base/archive_head.h"

#include <gtest/gtest.h>

#include <string>

namespace mbuild {
namespace {

bool is_archive(const std::string& text) {
  return looks_like_archive(bytes_of(text));
}

// A header of a file "x" in the V7 format: a name, and the sum of all bytes with the sum's own for blanks.
std::string tar_header() {
  std::string header(kArchiveHead, '\0');
  header[0] = 'x';
  header.replace(148, 8, "        ");
  unsigned sum = 0;
  for (unsigned char c : header) sum += c;
  char digits[8];
  std::snprintf(digits, sizeof digits, "%06o", sum);
  header.replace(148, 7, std::string(digits, 7));
  return header;
}

TEST(ArchiveHead, KnowsCompressionByItsMagic) {
  EXPECT_TRUE(is_archive("\x1f\x8b\x08"));
  EXPECT_TRUE(is_archive("BZh91AY"));
  EXPECT_TRUE(
      is_archive(std::string("\xfd"
                             "7zXZ\0",
                             6)));
  EXPECT_TRUE(is_archive("\x28\xb5\x2f\xfd"));
}

TEST(ArchiveHead, KnowsATarByItsSum) {
  std::string header = tar_header();
  EXPECT_TRUE(is_archive(header));
  EXPECT_FALSE(is_archive(header.substr(0, 511)));
  header[0] = 'y';
  EXPECT_FALSE(is_archive(header));
}

TEST(ArchiveHead, TextIsNone) {
  EXPECT_FALSE(is_archive(""));
  EXPECT_FALSE(is_archive("FROM scratch\n"));
  EXPECT_FALSE(is_archive("FROM scratch\n" + std::string(1000, '#')));
  EXPECT_FALSE(is_archive(std::string(512, '\0')));
}

}  // namespace
}  // namespace mbuild
