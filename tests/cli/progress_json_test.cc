#include "cli/progress_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "registry/base/json.h"
#include "tests/support/result_matchers.h"

namespace mbuild::cli {
namespace {

using namespace builder;
using test::must;

std::vector<std::string> lines_of(const std::vector<Event>& events) {
  char* text = nullptr;
  std::size_t size = 0;
  std::FILE* out = open_memstream(&text, &size);
  {
    JsonProgress progress(out);
    for (const Event& event : events) progress.on_event(event);
  }
  std::fclose(out);
  std::vector<std::string> lines;
  std::string all(text, size);
  std::free(text);
  for (std::size_t end; (end = all.find('\n')) != std::string::npos; all.erase(0, end + 1))
    lines.push_back(all.substr(0, end));
  EXPECT_EQ(all, "");
  return lines;
}

StepAdded added(StepId id, std::vector<StepId> inputs = {}) {
  return {{id, "[b 1/1] RUN \"make\"", "b", SourceLines{"Dockerfile", 3, 4}, std::move(inputs), true}};
}

JsonObject first(const std::string& line, std::string_view list) {
  return must(must(JsonObject::parse(line, "line")).objects(list)).at(0);
}

TEST(JsonProgress, AVertexTellsItsOutcomeAndWhy) {
  const auto lines = lines_of({added(0), added(1, {0}), StepStarted{1},
                               StepFinished{1, StepOutcome::executed, {}, "src/main.c changed"},
                               StepFinished{0, StepOutcome::cached, {}, ""}});
  ASSERT_EQ(lines.size(), 5u);
  const JsonObject begun = first(lines[1], "vertexes");
  EXPECT_EQ(must(begun.text("name")), "[b 1/1] RUN \"make\"");
  const std::string digest = must(begun.text("digest"));
  EXPECT_EQ(digest.size(), 7 + 64u);
  EXPECT_EQ(must(begun.texts("inputs")).value().at(0), must(first(lines[0], "vertexes").text("digest")));
  EXPECT_FALSE(begun.has("started"));
  EXPECT_TRUE(first(lines[2], "vertexes").has("started"));
  const JsonObject done = first(lines[3], "vertexes");
  EXPECT_EQ(must(done.text("digest")), digest);
  EXPECT_THAT(must(done.text("completed")), testing::MatchesRegex("....-..-..T..:..:..[.].........Z"));
  EXPECT_FALSE(done.has("cached"));
  const JsonObject ours = must(done.object("mbuild")).value();
  EXPECT_EQ(must(ours.text("outcome")), "executed");
  EXPECT_EQ(must(ours.text("reason")), "src/main.c changed");
  EXPECT_TRUE(must(first(lines[4], "vertexes").boolean("cached")));
}

TEST(JsonProgress, ErrorsLogsStatusesAndWarnings) {
  const auto lines = lines_of({added(0), StepOutput{0, OutputStream::standard_error, "oh\n"},
                               StepProgress{0, "layer", 5, 10}, StepProgress{0, "layer", 10, 10},
                               Notice{Notice::Level::warning, "Rule", "careful", SourceLines{"D", 2, 2}},
                               StepFinished{0, StepOutcome::failed, {}, "exit code: 1"}});
  ASSERT_EQ(lines.size(), 6u);
  EXPECT_EQ(must(first(lines[1], "logs").text("data")), "b2gK");
  EXPECT_EQ(must(first(lines[1], "logs").integer("stream")), 2);
  EXPECT_FALSE(first(lines[2], "statuses").has("completed"));
  EXPECT_TRUE(first(lines[3], "statuses").has("completed"));
  EXPECT_EQ(must(first(lines[4], "warnings").text("short")), "UnVsZTogY2FyZWZ1bA==");
  EXPECT_EQ(must(first(lines[5], "vertexes").text("error")), "exit code: 1");
}

}  // namespace
}  // namespace mbuild::cli
