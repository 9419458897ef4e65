#include "registry/base/loan.h"

#include <gtest/gtest.h>
#include <sys/file.h>

#include <filesystem>
#include <set>

#include "registry/base/fs_at.h"
#include "tests/support/result_matchers.h"
#include "tests/support/temp_dir.h"

namespace mbuild {
namespace {

namespace fs = std::filesystem;
using test::must;

// store/mounts/cache lends to store/work/1-0/0/rootfs/tmp/cache; the record is in store/work/1-0/0.
class LoanTest : public testing::Test {
 protected:
  LoanTest() {
    fs::create_directories(lender());
    fs::create_directories(place());
  }
  fs::path folder() const { return dir.path() / "store/work/1-0/0"; }
  fs::path lender() const { return dir.path() / "store/mounts/cache"; }
  fs::path place() const { return folder() / "rootfs/tmp/cache"; }
  static Fd open(const fs::path& path) {
    return must(fs_at::open_trusted(path.string(), O_RDONLY | O_DIRECTORY));
  }
  static std::set<std::string> names(const fs::path& path) {
    std::set<std::string> found;
    for (const auto& entry : fs::directory_iterator(path)) found.insert(entry.path().filename());
    return found;
  }
  bool return_all() const { return must(return_loans(open(folder()).get())); }

  // A record as a killed process leaves it.
  void die_owing() const {
    const Fd record_folder = open(folder());
    must(LoanRecord::write(record_folder.get(), open(lender()).get(), open(place()).get())).keep();
  }

  test::TempDir dir;
};

TEST_F(LoanTest, TheRecordIsThereWhileTheObjectIs) {
  const Fd record_folder = open(folder());
  {
    const auto record =
        must(LoanRecord::write(record_folder.get(), open(lender()).get(), open(place()).get()));
    EXPECT_EQ(names(folder()).size(), 2u);
  }
  EXPECT_EQ(names(folder()), std::set<std::string>{"rootfs"});
}

TEST_F(LoanTest, AKeptRecordStays) {
  die_owing();
  EXPECT_EQ(names(folder()).size(), 2u);
}

TEST_F(LoanTest, ContentsComeBackHoweverFarTheMoveWas) {
  dir.write("store/mounts/cache/not yet moved", "1");
  dir.write("store/work/1-0/0/rootfs/tmp/cache/moved", "2");
  dir.write("store/work/1-0/0/rootfs/tmp/cache/made/by/the step", "3");
  die_owing();
  EXPECT_TRUE(return_all());
  EXPECT_EQ(names(lender()), (std::set<std::string>{"not yet moved", "moved", "made"}));
  EXPECT_EQ(dir.read("store/mounts/cache/made/by/the step"), "3");
  EXPECT_TRUE(return_all()) << "a second time there is nothing to do";
  EXPECT_EQ(names(lender()).size(), 3u);
}

TEST_F(LoanTest, TheStoreMayHaveMoved) {
  dir.write("store/work/1-0/0/rootfs/tmp/cache/moved", "2");
  die_owing();
  fs::rename(dir.path() / "store", dir.path() / "elsewhere");
  EXPECT_TRUE(must(return_loans(open(dir.path() / "elsewhere/work/1-0/0").get())));
  EXPECT_EQ(names(dir.path() / "elsewhere/mounts/cache"), std::set<std::string>{"moved"});
}

TEST_F(LoanTest, WhatTheLenderHasByNowStays) {
  dir.write("store/mounts/cache/file", "newer");
  dir.write("store/work/1-0/0/rootfs/tmp/cache/file", "older");
  dir.write("store/work/1-0/0/rootfs/tmp/cache/other", "x");
  die_owing();
  EXPECT_TRUE(return_all());
  EXPECT_EQ(dir.read("store/mounts/cache/file"), "newer");
  EXPECT_EQ(dir.read("store/mounts/cache/other"), "x");
}

TEST_F(LoanTest, ALenderInUseIsLeftForTheNextTry) {
  dir.write("store/work/1-0/0/rootfs/tmp/cache/moved", "2");
  die_owing();
  {
    const Fd user = open(lender());
    ASSERT_EQ(::flock(user.get(), LOCK_SH), 0);
    EXPECT_FALSE(return_all());
    EXPECT_TRUE(names(lender()).empty());
  }
  EXPECT_TRUE(return_all());
  EXPECT_EQ(names(lender()), std::set<std::string>{"moved"});
}

TEST_F(LoanTest, WhatTheStepPutInItsPlaceIsNotTaken) {
  fs::create_directories(dir.path() / "secret");
  dir.write("secret/key", "x");
  die_owing();
  fs::rename(place(), folder() / "rootfs/aside");
  fs::create_directory_symlink(dir.path() / "secret", place());
  EXPECT_TRUE(return_all());
  EXPECT_TRUE(names(lender()).empty());
  fs::remove(place());
  fs::rename(folder() / "rootfs/tmp", folder() / "rootfs/tmp2");
  fs::create_directory_symlink(dir.path(), folder() / "rootfs/tmp");
  fs::create_directories(dir.path() / "cache");
  EXPECT_TRUE(return_all());
  EXPECT_TRUE(names(lender()).empty());
  EXPECT_EQ(dir.read("secret/key"), "x");
}

TEST_F(LoanTest, ALenderThatIsAnotherFolderGetsNothing) {
  dir.write("store/work/1-0/0/rootfs/tmp/cache/moved", "2");
  die_owing();
  fs::rename(lender(), dir.path() / "store/mounts/gone");
  fs::create_directories(lender());
  EXPECT_TRUE(return_all());
  EXPECT_TRUE(names(lender()).empty());
}

TEST_F(LoanTest, DamagedRecordsAreVoid) {
  for (const std::string& text : {std::string(), std::string("1 a"), std::string("x a\0 1 b\0", 9),
                                  std::string("1 a\0001 b\0more", 12), std::string(1000, '\0')}) {
    dir.write("store/work/1-0/0/loan-1", text);
    EXPECT_TRUE(return_all());
  }
}

}  // namespace
}  // namespace mbuild
