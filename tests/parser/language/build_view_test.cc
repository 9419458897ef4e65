#include "parser/language/build_view.h"

#include <gtest/gtest.h>

namespace mbuild::parser::language {
namespace {

const LastBuild build = {
    {2, 2, "RUN a", BuiltStep::Outcome::executed, 1500, 2'000'000, "variable X 1 -> 2"},
    {3, 3, "RUN b", BuiltStep::Outcome::cached, 0, 0, ""},
    {4, 4, "RUN b", BuiltStep::Outcome::failed, 61'000, 0, "exit code: 1"},
};

TEST(InlayHints, TimeSizeAndWhy) {
  const Analysis analysis(Source("Dockerfile", "FROM x\n# new\nRUN a\nRUN b\nRUN b\n"), {});
  const auto hints = inlay_hints(analysis, build, {0, 1000});
  ASSERT_EQ(hints.size(), 3u);
  EXPECT_EQ(hints[0].label, "1.5 s, 2.0 MB");
  EXPECT_EQ(hints[0].tooltip, "Ran in the last build: variable X 1 -> 2.");
  EXPECT_EQ(hints[1].label, "cached");
  EXPECT_EQ(hints[2].label, "failed after 1 min 1 s");
  EXPECT_TRUE(inlay_hints(analysis, build, {0, 3}).empty());
}

TEST(CodeLenses, RebuildsFromTheFirstChange) {
  const Analysis analysis(Source("Dockerfile", "FROM x\nRUN a\nRUN c\nRUN b\n"), {});
  const auto lenses = code_lenses(analysis, build);
  ASSERT_EQ(lenses.size(), 3u);
  EXPECT_EQ(lenses[0].title, "Build stage-0");
  EXPECT_EQ(lenses[2].title, "Rebuilds from here: 2 steps");
  EXPECT_EQ(analysis.source().line_of(lenses[2].range.begin), 3u);
}

TEST(CodeLenses, NothingRebuildsWhereNothingWasBuilt) {
  const Analysis analysis(Source("Dockerfile", "FROM x AS s\nRUN z\n"), {});
  EXPECT_EQ(code_lenses(analysis, build).size(), 2u);
}

}  // namespace
}  // namespace mbuild::parser::language
