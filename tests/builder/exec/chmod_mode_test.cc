#include "builder/exec/chmod_mode.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "tests/builder/context/tree_text.h"

namespace mbuild::builder {

namespace {

std::uint32_t file_mode(std::string_view text, std::uint32_t mode) {
  return ChmodMode::parse(text).value().apply(mode, false);
}
std::uint32_t directory_mode(std::string_view text, std::uint32_t mode) {
  return ChmodMode::parse(text).value().apply(mode, true);
}

TEST(ChmodMode, OctalIsExact) {
  EXPECT_EQ(file_mode("755", 04600), 0755U);
  EXPECT_EQ(file_mode("0755", 0), 0755U);
  EXPECT_EQ(file_mode("00000755", 0), 0755U);
  EXPECT_EQ(file_mode("7777", 0), 07777U);
  EXPECT_EQ(directory_mode("0", 01777), 0U);
}

TEST(ChmodMode, Symbolic) {
  struct Case {
    const char* text;
    std::uint32_t before;
    std::uint32_t after;
  };
  const Case cases[] = {
      {"u+x", 0644, 0744},         {"+x", 0644, 0755},    {"a+x", 0644, 0755},    {"go-rwx", 0777, 0700},
      {"u=rw,go=r", 07777, 01644}, {"=", 0777, 0000},     {"=", 01777, 01000},    {"u=rwx,go=u-w", 0, 0755},
      {"g=u", 0640, 0660},         {"o=g", 0650, 0655},   {"u-w+x", 0644, 0544},  {"g+u", 0604, 0664},
      {"go-u", 0777, 0700},        {"u+s", 0755, 04755},  {"g+s", 0755, 02755},   {"+s", 0755, 06755},
      {"o+s", 0755, 0755},         {"a-s", 06755, 0755},  {"+t", 0755, 01755},    {"-t", 01755, 0755},
      {"o+t", 0755, 0755},         {"u=", 04755, 0055},   {"a=rx", 07777, 01555}, {"ug=rw", 0, 0660},
      {"u=g", 0070, 0770},         {"u=rg", 0030, 0330},  {"g-o", 0077, 0007},    {"a+r,u-w", 0200, 0444},
      {"u+", 0600, 0600},          {"uuu+x", 0600, 0700},
  };
  for (const Case& row : cases) EXPECT_EQ(file_mode(row.text, row.before), row.after) << row.text;
}

TEST(ChmodMode, CapitalX) {
  EXPECT_EQ(file_mode("a+X", 0644), 0644U);
  EXPECT_EQ(file_mode("a+X", 0744), 0755U);
  EXPECT_EQ(directory_mode("a+X", 0644), 0755U);
  EXPECT_EQ(file_mode("u+x,go+X", 0600), 0700U);  // what counts is the mode before
  EXPECT_EQ(file_mode("a-x,a+X", 0755), 0755U);
  EXPECT_EQ(directory_mode("u=rwX,go=rX", 0600), 0755U);  // moby/buildkit issue 5835
  EXPECT_EQ(file_mode("u=rwX,go=rX", 0700), 0755U);
  EXPECT_EQ(file_mode("u=rwX,go=rX", 0666), 0644U);
  EXPECT_EQ(file_mode("go-X", 0755), 0744U);
}

// setmode(3): "t" alone has bits of its own, and hides letters before it.
TEST(ChmodMode, StickyHidesOtherLettersWithoutWho) {
  EXPECT_EQ(file_mode("+rt", 0), 01000U);
  EXPECT_EQ(file_mode("a+rt", 0), 01444U);
}

TEST(ChmodMode, CreatedDirectories) {
  EXPECT_EQ(ChmodMode::parse("1711").value().created_directory_mode(), 0711U);
  EXPECT_EQ(ChmodMode::parse("go=").value().created_directory_mode(), 0755U);
}

TEST(ChmodMode, RefusesWhatIsNoMode) {
  for (const char* text : {"8", "755 ", "10000", "37777777777", "99999999999999999999", "0x1ff", "7a"}) {
    const auto mode = ChmodMode::parse(text);
    ASSERT_FALSE(mode) << text;
    EXPECT_EQ(mode.error().kind(), ErrorKind::invalid_input);
    EXPECT_EQ(mode.error().message(), "invalid chmod parameter: '" + std::string(text) +
                                          "'. it should be octal string and between 0 and 07777");
  }
  for (const char* text : {"", "u", "x", "u+x,", ",u+x", "u+q", "u+x g+x", "-1", "+755", "u~x", "ug"}) {
    const auto mode = ChmodMode::parse(text);
    ASSERT_FALSE(mode) << text;
    EXPECT_EQ(mode.error().message(), "invalid chmod parameter: '" + std::string(text) + "': invalid syntax");
  }
}

// Where the two agree on the meaning, chmod(1) is the judge.
TEST(ChmodMode, AgreesWithChmod) {
  const test::TemporaryDirectory directory;
  const std::string file = directory.path() + "/f";
  std::ofstream(file) << "x";
  for (const char* text :
       {"u+x", "go-rwx", "u=rw,go=r", "g=u", "u=rwx,go=u-w", "a+X", "u-w+x", "o=g,g-x", "ug+rw"}) {
    for (const std::uint32_t mode : {0U, 0644U, 0755U, 0421U, 0777U}) {
      std::filesystem::permissions(file, static_cast<std::filesystem::perms>(mode));
      const std::string command = "chmod '" + std::string(text) + "' '" + file + "'";
      ASSERT_EQ(std::system(command.c_str()), 0);
      EXPECT_EQ(file_mode(text, mode),
                static_cast<std::uint32_t>(std::filesystem::status(file).permissions()))
          << text << " on " << std::oct << mode;
    }
  }
}

}  // namespace

}  // namespace mbuild::builder
