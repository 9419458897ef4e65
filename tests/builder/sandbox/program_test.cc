#include "builder/sandbox/program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mbuild::builder {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

SandboxSpec spec_of(std::vector<std::string> argv, std::vector<std::string> env) {
  SandboxSpec spec;
  spec.argv = std::move(argv);
  spec.env = std::move(env);
  return spec;
}

std::vector<std::string> candidates_of(const SandboxSpec& spec) {
  const auto program = Program::from(spec);
  if (!program) return {program.error().message()};
  ChildPlan plan;
  program->fill(plan);
  std::vector<std::string> result;
  for (const char* const* path = plan.programs; *path != nullptr; ++path) result.emplace_back(*path);
  return result;
}

TEST(ProgramTest, LooksAlongThePath) {
  EXPECT_THAT(candidates_of(spec_of({"sh"}, {"PATH=/bin:/usr/bin"})), ElementsAre("/bin/sh", "/usr/bin/sh"));
}

TEST(ProgramTest, TakesTheLastPath) {
  EXPECT_THAT(candidates_of(spec_of({"sh"}, {"PATH=/a", "X=1", "PATH=/b"})), ElementsAre("/b/sh"));
}

TEST(ProgramTest, PassesOverRelativeFolders) {
  EXPECT_THAT(candidates_of(spec_of({"sh"}, {"PATH=:.:bin:/bin::"})), ElementsAre("/bin/sh"));
  EXPECT_THAT(candidates_of(spec_of({"sh"}, {})), IsEmpty());
  EXPECT_THAT(candidates_of(spec_of({""}, {"PATH=/bin"})), IsEmpty());
}

TEST(ProgramTest, TakesAPathAsItIs) {
  EXPECT_THAT(candidates_of(spec_of({"./x"}, {"PATH=/bin"})), ElementsAre("./x"));
  EXPECT_THAT(candidates_of(spec_of({"/x"}, {"PATH=/bin"})), ElementsAre("/x"));
}

TEST(ProgramTest, RefusesWhatIsNoCString) {
  EXPECT_FALSE(Program::from(spec_of({}, {})));
  EXPECT_FALSE(Program::from(spec_of({std::string("a\0b", 3)}, {})));
  EXPECT_FALSE(Program::from(spec_of({"a"}, {std::string("A=\0", 3)})));
}

TEST(ProgramTest, EndsItsArrays) {
  const SandboxSpec spec = spec_of({"/x", "", "y"}, {"A=1"});
  const auto program = Program::from(spec);
  ASSERT_TRUE(program);
  ChildPlan plan;
  program->fill(plan);
  EXPECT_STREQ(plan.arguments[1], "");
  EXPECT_STREQ(plan.arguments[2], "y");
  EXPECT_EQ(plan.arguments[3], nullptr);
  EXPECT_STREQ(plan.environment[0], "A=1");
  EXPECT_EQ(plan.environment[1], nullptr);
  EXPECT_STREQ(plan.directory, "/");
}

}  // namespace
}  // namespace mbuild::builder
