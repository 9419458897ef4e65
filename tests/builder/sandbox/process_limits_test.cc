#include "builder/sandbox/process_limits.h"

#include <gmock/gmock.h>

#include "tests/builder/sandbox/sandbox_fixture.h"

namespace mbuild::builder {
namespace {

using ::testing::HasSubstr;

TEST(ProcessLimitsTest, KnowThemByDockersNames) {
  const auto limits = kernel_limits({{"core", 0, 0}, {"nofile", 10, 20}});
  ASSERT_TRUE(limits) << limits.error().message();
  ASSERT_EQ(limits->size(), 2u);
  EXPECT_EQ((*limits)[0].resource, RLIMIT_CORE);
  EXPECT_EQ((*limits)[1].resource, RLIMIT_NOFILE);
  EXPECT_EQ((*limits)[1].values.rlim_cur, 10u);
  EXPECT_EQ((*limits)[1].values.rlim_max, 20u);
}

TEST(ProcessLimitsTest, RefuseWhatIsNone) {
  const auto unknown = kernel_limits({{"files", 1, 1}});
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().kind(), ErrorKind::invalid_input);
  const auto reversed = kernel_limits({{"nofile", 2, 1}});
  ASSERT_FALSE(reversed);
  EXPECT_EQ(reversed.error().kind(), ErrorKind::invalid_input);
}

class ProcessLimitsStepTest : public SandboxTest {};

TEST_F(ProcessLimitsStepTest, HoldForTheStepAlone) {
  rlimit before{}, after{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  SandboxSpec spec = shell("ulimit -Sn; ulimit -Hn");
  spec.limits.processes = {{"nofile", 50, 60}};
  EXPECT_EQ(run_well(spec).output, "50\n60\n");
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &after), 0);
  EXPECT_EQ(after.rlim_cur, before.rlim_cur);
  EXPECT_EQ(after.rlim_max, before.rlim_max);
}

}  // namespace
}  // namespace mbuild::builder
