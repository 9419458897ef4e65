#include "builder/exec/failed_steps.h"

#include <gtest/gtest.h>

#include "tests/support/result_matchers.h"
#include "tests/support/temp_dir.h"

namespace mbuild::builder {
namespace {

FailedStep step(const std::string& name) {
  FailedStep failed;
  failed.name = name;
  failed.layers = {"base", "top"};
  failed.run.argv = {"/bin/sh", "-c", "exit\n1"};
  failed.run.env = {{"A", "b=c"}, {"EMPTY", ""}};
  failed.run.user = "nobody";
  failed.run.cwd = "/work";
  failed.run.hosts = {{"name", "10.0.0.1"}};
  RunMount bind;
  bind.from = 0;
  bind.target = "/src";
  bind.read_only = true;
  RunMount cache;
  cache.type = RunMount::Type::cache;
  cache.id = "pip";
  cache.uid = 7;
  cache.sharing = RunMount::Sharing::locked;
  failed.run.mounts = {bind, cache};
  failed.sources = {{"/context", {}}};
  return failed;
}

TEST(FailedSteps, GivesBackWhatWasKept) {
  const test::TempDir root;
  const FailedSteps steps = test::must(FailedSteps::open(root.str()));
  const std::string id = test::must(steps.put(step("RUN exit 1")));
  const auto list = test::must(steps.list());
  ASSERT_EQ(list.size(), 1u);
  EXPECT_EQ(list[0].id, id);
  EXPECT_EQ(list[0].name, "RUN exit 1");
  EXPECT_EQ(list[0].layers, step("").layers);
  EXPECT_EQ(list[0].run, step("").run);
  EXPECT_EQ(list[0].sources[0].directory, "/context");
}

TEST(FailedSteps, TheOldestGo) {
  const test::TempDir root;
  const FailedSteps steps = test::must(FailedSteps::open(root.str()));
  for (int i = 0; i < 15; ++i) test::must(steps.put(step("RUN")));
  EXPECT_EQ(test::must(steps.list()).size(), 10u);
}

TEST(FailedSteps, RemovesByIdAlone) {
  const test::TempDir root;
  const FailedSteps steps = test::must(FailedSteps::open(root.str()));
  const std::string id = test::must(steps.put(step("RUN")));
  for (const std::string wrong : {"", "..", "../failed", "nothere"})
    EXPECT_FALSE(steps.remove(wrong)) << wrong;
  EXPECT_THAT(steps.remove(id), test::Succeeds());
  EXPECT_TRUE(test::must(steps.list()).empty());
}

}  // namespace
}  // namespace mbuild::builder
