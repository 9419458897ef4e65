#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "builder/sandbox/sandbox_facts.h"

namespace mbuild::builder {
namespace {

using ::testing::HasSubstr;

SandboxFacts root() {
  SandboxFacts facts;
  facts.is_root = facts.may_administer = facts.in_first_user_namespace = true;
  return facts;
}

SandboxFacts user() {
  SandboxFacts facts;
  facts.in_first_user_namespace = true;
  facts.step_obstacle = "Operation not permitted";
  return facts;
}

TEST(SandboxJudgeTest, RootIsOnTheFirstRung) {
  const auto probe = judge_sandbox(root());
  EXPECT_EQ(probe.rung, Rung::root);
  EXPECT_EQ(probe.why_not_better, "");
}

TEST(SandboxJudgeTest, RootOfAUserNamespaceIsWhereItsIdsPutIt) {
  auto facts = root();
  facts.in_first_user_namespace = false;
  facts.mapped_ids = 4294967295;
  EXPECT_EQ(judge_sandbox(facts).rung, Rung::subordinate_ids);
  facts.mapped_ids = 65537;
  EXPECT_EQ(judge_sandbox(facts).rung, Rung::subordinate_ids);
  facts.mapped_ids = 1;
  EXPECT_EQ(judge_sandbox(facts).rung, Rung::single_id);
}

TEST(SandboxJudgeTest, AUserNeedsSubordinateIdsForTheSecondRung) {
  auto facts = user();
  auto probe = judge_sandbox(facts);
  EXPECT_EQ(probe.rung, Rung::subordinate_ids);
  EXPECT_EQ(probe.why_not_better, "not root");
  facts.id_obstacle = "newuidmap and newgidmap are not installed";
  facts.id_remedy = "install it";
  probe = judge_sandbox(facts);
  EXPECT_EQ(probe.rung, Rung::single_id);
  EXPECT_EQ(probe.why_not_better, "not root; newuidmap and newgidmap are not installed");
  EXPECT_EQ(probe.advice, "install it");
}

TEST(SandboxJudgeTest, WithoutNamespacesOnlyTheLastRungIsLeft) {
  auto facts = user();
  facts.is_root = true;
  facts.user_namespace_obstacle = "Operation not permitted";
  facts.user_namespace_remedy = "docker run ...";
  const auto probe = judge_sandbox(facts);
  EXPECT_EQ(probe.rung, Rung::no_namespaces);
  EXPECT_EQ(probe.why_not_better, "no CAP_SYS_ADMIN; no user namespace: Operation not permitted");
  EXPECT_EQ(probe.advice, "docker run ...");
}

TEST(SandboxJudgeTest, ACapabilityThatIsRefusedIsNone) {
  auto facts = root();
  facts.step_obstacle = "Permission denied";
  facts.user_namespace_obstacle = "No space left on device";
  const auto probe = judge_sandbox(facts);
  EXPECT_EQ(probe.rung, Rung::no_namespaces);
  EXPECT_THAT(probe.why_not_better, HasSubstr("Permission denied"));
  EXPECT_FALSE(probe.advice.empty());
}

}  // namespace
}  // namespace mbuild::builder
