#include "builder/snapshot/work_area.h"

#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>

#include "registry/base/fs_at.h"
#include "registry/base/loan.h"
#include "tests/support/result_matchers.h"
#include "tests/support/temp_dir.h"

namespace mbuild::builder {
namespace {

namespace fs = std::filesystem;
using test::must;

class WorkAreaTest : public testing::Test {
 protected:
  WorkAreaTest() {
    fs::create_directories(work());
    fs::create_directories(lender());
  }
  fs::path work() const { return dir.path() / "work"; }
  fs::path lender() const { return dir.path() / "mounts/cache"; }
  static Fd open(const fs::path& path) {
    return must(fs_at::open_trusted(path.string(), O_RDONLY | O_DIRECTORY));
  }

  // A step borrowed "file" and could not bring it back.
  void owe(const WorkFolder& folder) const {
    ASSERT_EQ(::mkdirat(folder.fd(), "place", 0700), 0);
    const Fd place = must(fs_at::open(folder.fd(), "place", O_RDONLY | O_DIRECTORY, fs_at::Links::refuse));
    dir.write(folder.path() + "/place/file", "x");
    must(LoanRecord::write(folder.fd(), open(lender()).get(), place.get())).keep();
  }
  void open_once() const { must(WorkArea::open(work().string())); }
  bool is_empty() const {
    for (const auto& entry : fs::directory_iterator(work()))
      if (entry.path().filename() != WorkArea::kLockFile) return false;
    return true;
  }

  test::TempDir dir;
};

TEST_F(WorkAreaTest, NothingStaysOfAFolder) {
  {
    const auto area = must(WorkArea::open(work().string()));
    const WorkFolder folder = must(area->make_folder());
    dir.write(folder.path() + "/some/file", "x");
  }
  EXPECT_TRUE(is_empty());
}

TEST_F(WorkAreaTest, WhatWasBorrowedReturnsWhenTheFolderGoes) {
  {
    const auto area = must(WorkArea::open(work().string()));
    owe(must(area->make_folder()));
  }
  EXPECT_EQ(dir.read("mounts/cache/file"), "x");
  EXPECT_TRUE(is_empty());
}

TEST_F(WorkAreaTest, ALenderInUseKeepsWhatItIsOwed) {
  const Fd user = open(lender());
  ASSERT_EQ(::flock(user.get(), LOCK_EX), 0);
  {
    const auto area = must(WorkArea::open(work().string()));
    owe(must(area->make_folder()));
  }
  open_once();
  EXPECT_FALSE(fs::exists(lender() / "file"));
  EXPECT_FALSE(is_empty());
  ASSERT_EQ(::flock(user.get(), LOCK_UN), 0);
  open_once();
  EXPECT_EQ(dir.read("mounts/cache/file"), "x");
  EXPECT_TRUE(is_empty());
}

}  // namespace
}  // namespace mbuild::builder
