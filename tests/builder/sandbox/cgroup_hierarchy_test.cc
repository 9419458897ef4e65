#include "builder/sandbox/cgroup_hierarchy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mbuild::builder {
namespace {

TEST(CgroupHierarchyTest, FindsTheUnifiedHierarchy) {
  const auto found = parse_cgroup_hierarchies(
      "22 27 0:21 / /proc rw,relatime - proc proc rw\n"
      "31 23 0:28 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n",
      "0::/user.slice/user-0.slice/session-1.scope\n");
  ASSERT_EQ(found.size(), 1u);
  EXPECT_TRUE(found[0].unified);
  EXPECT_EQ(found[0].root, "/sys/fs/cgroup");
  EXPECT_EQ(found[0].own, "/sys/fs/cgroup/user.slice/user-0.slice/session-1.scope");
  EXPECT_FALSE(found[0].has("memory"));
}

TEST(CgroupHierarchyTest, FindsBothKindsSideBySide) {
  const auto found = parse_cgroup_hierarchies(
      "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
      "35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
      "40 31 0:37 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,name=systemd\n"
      "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n",
      "9:name=systemd:/\n4:memory:/jobs/7\n1:cpu,cpuacct:/\n0::/\n");
  ASSERT_EQ(found.size(), 4u);
  EXPECT_TRUE(found[0].has("cpu"));
  EXPECT_TRUE(found[0].has("cpuacct"));
  EXPECT_FALSE(found[0].unified);
  EXPECT_EQ(found[0].own, "/sys/fs/cgroup/cpu,cpuacct");
  EXPECT_EQ(found[1].own, "/sys/fs/cgroup/memory/jobs/7");
  EXPECT_TRUE(found[3].unified);
}

TEST(CgroupHierarchyTest, SeesOnlyTheMountedSubtree) {
  const auto found = parse_cgroup_hierarchies("31 23 0:28 /docker/a1 /sys/fs/cgroup ro - cgroup2 cgroup rw\n",
                                              "0::/docker/a1/inner\n");
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].own, "/sys/fs/cgroup/inner");
}

TEST(CgroupHierarchyTest, UnescapesPaths) {
  const auto found =
      parse_cgroup_hierarchies("31 23 0:28 / /mnt/c\\040g rw - cgroup2 cgroup2 rw\n", "0::/a\n");
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].own, "/mnt/c g/a");
}

TEST(CgroupHierarchyTest, PassesOverWhatItCannotRead) {
  EXPECT_TRUE(parse_cgroup_hierarchies("", "").empty());
  EXPECT_TRUE(parse_cgroup_hierarchies("31 23 0:28 /\n\n- cgroup2 x\n", "nonsense\n:::\n").empty());
  EXPECT_TRUE(parse_cgroup_hierarchies("31 23 0:28 / /c rw - cgroup2 cgroup2 rw\n", "").empty());
}

}  // namespace
}  // namespace mbuild::builder
