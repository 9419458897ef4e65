#include "builder/sandbox/cgroup_settings.h"

#include <gmock/gmock.h>

namespace mbuild::builder {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> unified(const ResourceLimits& limits) {
  std::vector<std::string> lines;
  for (const CgroupSetting& setting : cgroup_settings(limits))
    if (*setting.unified_file != '\0')
      lines.push_back(std::string(setting.unified_file) + "=" + setting.unified_value);
  return lines;
}

std::vector<std::string> legacy(const ResourceLimits& limits) {
  std::vector<std::string> lines;
  for (const CgroupSetting& setting : cgroup_settings(limits))
    if (*setting.legacy_file != '\0')
      lines.push_back(std::string(setting.legacy_file) + "=" + setting.legacy_value);
  return lines;
}

TEST(CgroupSettingsTest, AreNoneWithoutLimits) {
  EXPECT_THAT(cgroup_settings({}), IsEmpty());
  EXPECT_FALSE(ResourceLimits{}.need_cgroup());
}

TEST(CgroupSettingsTest, KeepMemoryFromBecomingSwap) {
  ResourceLimits limits;
  limits.memory_bytes = 1000;
  EXPECT_THAT(unified(limits), ElementsAre("memory.max=1000", "memory.swap.max=0"));
  EXPECT_THAT(legacy(limits), ElementsAre("memory.limit_in_bytes=1000", "memory.memsw.limit_in_bytes=1000"));
  EXPECT_TRUE(cgroup_settings(limits).back().optional);
}

TEST(CgroupSettingsTest, CountSwapAsEachVersionDoes) {
  ResourceLimits limits;
  limits.memory_bytes = 1000;
  limits.memory_swap_bytes = 1500;
  EXPECT_THAT(unified(limits), ElementsAre("memory.max=1000", "memory.swap.max=500"));
  EXPECT_THAT(legacy(limits), ElementsAre("memory.limit_in_bytes=1000", "memory.memsw.limit_in_bytes=1500"));
  EXPECT_FALSE(cgroup_settings(limits).back().optional);
  limits.memory_swap_bytes = ResourceLimits::unlimited;
  EXPECT_THAT(unified(limits), ElementsAre("memory.max=1000", "memory.swap.max=max"));
  EXPECT_THAT(legacy(limits), ElementsAre("memory.limit_in_bytes=1000", "memory.memsw.limit_in_bytes=-1"));
}

TEST(CgroupSettingsTest, PutThePeriodBeforeTheQuota) {
  ResourceLimits limits;
  limits.cpus = 1.5;
  EXPECT_THAT(unified(limits), ElementsAre("cpu.max=150000 100000"));
  EXPECT_THAT(legacy(limits), ElementsAre("cpu.cfs_period_us=100000", "cpu.cfs_quota_us=150000"));
  limits = {};
  limits.cpu_quota_us = 20000;
  limits.cpu_period_us = 50000;
  EXPECT_THAT(unified(limits), ElementsAre("cpu.max=20000 50000"));
  EXPECT_THAT(legacy(limits), ElementsAre("cpu.cfs_period_us=50000", "cpu.cfs_quota_us=20000"));
}

TEST(CgroupSettingsTest, TurnSharesIntoWeights) {
  const auto weight = [](std::uint64_t shares) {
    ResourceLimits limits;
    limits.cpu_shares = shares;
    return unified(limits).front();
  };
  EXPECT_EQ(weight(1), "cpu.weight=1");
  EXPECT_EQ(weight(2), "cpu.weight=1");
  EXPECT_EQ(weight(1024), "cpu.weight=39");
  EXPECT_EQ(weight(262'144), "cpu.weight=10000");
  EXPECT_EQ(weight(999'999'999), "cpu.weight=10000");
}

}  // namespace
}  // namespace mbuild::builder
