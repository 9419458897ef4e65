#include "cli/limit_options.h"

#include <gmock/gmock.h>

namespace mbuild::cli {
namespace {

TEST(LimitOptionsTest, ReadUlimits) {
  const auto both = parse_ulimit("nofile=100:200");
  ASSERT_TRUE(both) << both.error().message();
  EXPECT_EQ(both->name, "nofile");
  EXPECT_EQ(both->soft, 100u);
  EXPECT_EQ(both->hard, 200u);
  const auto one = parse_ulimit("core=-1");
  ASSERT_TRUE(one) << one.error().message();
  EXPECT_EQ(one->soft, builder::ProcessLimit::unlimited);
  EXPECT_EQ(one->hard, builder::ProcessLimit::unlimited);
  for (const char* wrong : {"nofile", "=1", "nofile=", "nofile=1:", "nofile=x", "nofile=2:1", "nofile=-1:5",
                            "nofile=1:2:3", "nofile=99999999999999999999"})
    EXPECT_FALSE(parse_ulimit(wrong)) << wrong;
}

TEST(LimitOptionsTest, RefuseContradictions) {
  LimitOptions options;
  options.memory_swap = "1g";
  EXPECT_FALSE(to_limits(options));
  options.memory = "2g";
  EXPECT_FALSE(to_limits(options));
  options.memory_swap = "-1";
  const auto limits = to_limits(options);
  ASSERT_TRUE(limits) << limits.error().message();
  EXPECT_EQ(limits->memory_bytes, 2ull << 30);
  EXPECT_EQ(limits->memory_swap_bytes, builder::ResourceLimits::unlimited);
  options.cpus = 1;
  options.cpu_quota = 5;
  EXPECT_FALSE(to_limits(options));
  options.cpu_quota = 0;
  EXPECT_TRUE(to_limits(options));
  options.cgroup_parent = "/a/../../b";
  EXPECT_FALSE(to_limits(options));
}

}  // namespace
}  // namespace mbuild::cli
