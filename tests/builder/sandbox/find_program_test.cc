#include "builder/sandbox/find_program.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>

#include "tests/support/temp_dir.h"

namespace mbuild::builder {
namespace {

class FindProgram : public testing::Test {
 protected:
  void SetUp() override {
    if (const char* path = std::getenv("PATH")) path_ = path;
  }
  void TearDown() override { ::setenv("PATH", path_.c_str(), 1); }

  std::string path_;
};

TEST_F(FindProgram, GivesTheFirstThatCanBeExecuted) {
  test::TempDir first, second;
  first.write("tool", "");
  second.write("tool", "");
  ::chmod((second.path() / "tool").c_str(), 0755);
  ::chmod((first.path() / "tool").c_str(), 0644);
  ::setenv("PATH", (first.str() + ":" + second.str()).c_str(), 1);
  EXPECT_EQ(find_program("tool"), second.str() + "/tool");
  ::chmod((first.path() / "tool").c_str(), 0755);
  EXPECT_EQ(find_program("tool"), first.str() + "/tool");
}

TEST_F(FindProgram, GivesNothingForWhatIsNotThere) {
  ::setenv("PATH", "/nowhere:", 1);
  EXPECT_EQ(find_program("tool"), std::nullopt);
}

}  // namespace
}  // namespace mbuild::builder
