#include "builder/snapshot/overlay_form.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "registry/base/fs_at.h"
#include "tests/support/result_matchers.h"
#include "tests/support/temp_dir.h"

namespace mbuild::builder {
namespace {

using test::must;

TEST(OverlayForm, KnowsBothWhiteouts) {
  EXPECT_TRUE(OverlayForm::is_whiteout(S_IFCHR, makedev(0, 0)));
  EXPECT_TRUE(OverlayForm::is_whiteout(S_IFCHR | 0600, makedev(0, 1)));
  EXPECT_FALSE(OverlayForm::is_whiteout(S_IFCHR, makedev(1, 3)));
  EXPECT_FALSE(OverlayForm::is_whiteout(S_IFBLK, makedev(0, 0)));
  EXPECT_FALSE(OverlayForm::is_whiteout(S_IFREG, 0));
}

TEST(OverlayForm, MakesOne) {
  const test::TempDir folder;
  const Fd directory = must(fs_at::open_trusted(folder.path(), O_RDONLY | O_DIRECTORY));
  ASSERT_TRUE(OverlayForm::make_whiteout(directory.get(), "gone"));
  struct stat status {};
  ASSERT_EQ(::fstatat(directory.get(), "gone", &status, AT_SYMLINK_NOFOLLOW), 0);
  EXPECT_TRUE(OverlayForm::is_whiteout(status.st_mode, status.st_rdev));
  EXPECT_FALSE(OverlayForm::make_whiteout(directory.get(), "gone"));
}

}  // namespace
}  // namespace mbuild::builder
