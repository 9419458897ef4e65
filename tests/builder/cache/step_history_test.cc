#include "builder/cache/step_history.h"

#include <gtest/gtest.h>

#include "tests/support/result_matchers.h"
#include "tests/support/temp_dir.h"

namespace mbuild::builder {
namespace {

using oci::Digest;
using test::must;
using test::TempDir;

std::string digest(std::string_view content) {
  return Digest::of(content).hex();
}

class StepHistoryTest : public testing::Test {
 protected:
  std::filesystem::path only_file() const {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root_.path())) {
      if (entry.is_regular_file()) return entry.path();
    }
    return {};
  }
  TempDir root_;
  StepHistory history_ = must(StepHistory::open(root_.str()));
};

TEST_F(StepHistoryTest, GivesTheLastRun) {
  EXPECT_FALSE(history_.last("build/run/1"));
  must(history_.store("build/run/1", {Digest::of("a"), {{"command", "make"}, {"src/m\n.c", digest("1")}}}));
  must(
      history_.store("build/run/1", {Digest::of("b"), {{"command", "make -j"}, {"src/m\n.c", digest("2")}}}));
  const auto last = history_.last("build/run/1");
  ASSERT_TRUE(last);
  EXPECT_EQ(last->key, Digest::of("b"));
  EXPECT_EQ(last->inputs, (NamedInputs{{"command", "make -j"}, {"src/m\n.c", digest("2")}}));
  EXPECT_FALSE(history_.last("build/run/2"));
}

TEST_F(StepHistoryTest, TakesDamageAsAbsent) {
  must(history_.store("step", {Digest::of("a"), {{"command", "make"}}}));
  std::filesystem::resize_file(only_file(), 30);
  EXPECT_FALSE(history_.last("step"));
}

TEST_F(StepHistoryTest, IsBounded) {
  NamedInputs many;
  for (int i = 0; i < 200'000; ++i) many.emplace_back("some/folder/file" + std::to_string(i), digest("x"));
  must(history_.store("step", {Digest::of("a"), many}));
  EXPECT_LT(std::filesystem::file_size(only_file()), 10u << 20);
  const auto last = history_.last("step");
  ASSERT_TRUE(last);
  EXPECT_GT(last->inputs.size(), 50'000u);
  EXPECT_EQ(explain_difference(last->inputs, many), "");
  many.back().second = digest("y");
  EXPECT_THAT(explain_difference(last->inputs, many),
              testing::MatchesRegex("one of [0-9]+ further inputs changed"));
}

TEST(BoundedInputs, CutsLongTextsOnceAndTellsThemApart) {
  const NamedInputs a{{"command", std::string(100'000, 'x') + "a"}};
  const NamedInputs b{{"command", std::string(100'000, 'x') + "b"}};
  const NamedInputs cut = bounded_inputs(a);
  EXPECT_LE(cut[0].second.size(), 4096u);
  EXPECT_EQ(bounded_inputs(cut), cut);
  EXPECT_NE(bounded_inputs(b), cut);
}

std::string explain(const NamedInputs& earlier, const NamedInputs& now) {
  return explain_difference(earlier, now);
}

TEST(ExplainDifference, SaysNothingWhenNothingDiffers) {
  EXPECT_EQ(explain({}, {}), "");
  EXPECT_EQ(explain({{"command", "make"}}, {{"command", "make"}}), "");
}

TEST(ExplainDifference, ShowsTextsAndNamesFiles) {
  EXPECT_EQ(explain({{"ARG VERSION", "1.2"}}, {{"ARG VERSION", "1.3"}}), "ARG VERSION 1.2 -> 1.3");
  EXPECT_EQ(explain({{"ARG VERSION", ""}}, {{"ARG VERSION", "1.3"}}), "ARG VERSION \"\" -> 1.3");
  EXPECT_EQ(explain({}, {{"ARG VERSION", "1.3"}}), "ARG VERSION set to 1.3");
  EXPECT_EQ(explain({{"ARG VERSION", "1.2"}}, {}), "ARG VERSION no longer set");
  EXPECT_EQ(explain({{"src/main.c", digest("1")}}, {{"src/main.c", digest("2")}}), "src/main.c changed");
  EXPECT_EQ(explain({}, {{"src/main.c", digest("2")}}), "src/main.c added");
  EXPECT_EQ(explain({{"src/main.c", digest("1")}}, {}), "src/main.c removed");
  EXPECT_EQ(explain({{"image debian:bookworm", digest("1")}}, {{"image debian:bookworm", digest("2")}}),
            "image debian:bookworm moved to sha256:" + digest("2").substr(0, 12));
}

TEST(ExplainDifference, NamesTheFirstInTheOrderOfTheKey) {
  EXPECT_EQ(explain({{"a", digest("1")}, {"b", digest("1")}}, {{"a", digest("2")}, {"b", digest("2")}}),
            "a changed");
  EXPECT_EQ(explain({{"a", digest("1")}, {"c", digest("1")}}, {{"a", digest("1")}, {"b", digest("1")}}),
            "b added");
}

TEST(ExplainDifference, KeepsControlCharactersFromTheTerminalAndCutsLongValues) {
  EXPECT_EQ(explain({}, {{"a\x1b[31m\n", digest("1")}}), "a [31m  added");
  EXPECT_EQ(explain({{"x", "a\nb"}}, {{"x", std::string(100, 'y')}}),
            "x a b -> " + std::string(60, 'y') + "...");
}

}  // namespace
}  // namespace mbuild::builder
