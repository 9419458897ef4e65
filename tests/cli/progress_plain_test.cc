#include "cli/progress_plain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace mbuild::cli {
namespace {

using namespace builder;
using testing::HasSubstr;
using testing::Not;

// Everything that the events make the observer print.
std::string printed(const std::vector<Event>& events) {
  char* text = nullptr;
  std::size_t size = 0;
  std::FILE* out = open_memstream(&text, &size);
  {
    PlainProgress progress(out);
    for (const Event& event : events) progress.on_event(event);
  }
  std::fclose(out);
  std::string result(text, size);
  std::free(text);
  return result;
}

StepAdded added(StepId id, std::string name) {
  return {{id, std::move(name), "", std::nullopt, {}}};
}

TEST(PlainProgress, TellsStepsAndTheirOutputByLine) {
  std::string text = printed({added(0, "[1/2] FROM x"), added(1, "[2/2] RUN make"), StepStarted{1},
                              StepOutput{1, OutputStream::standard_output, "one\ntw"},
                              StepOutput{1, OutputStream::standard_error, "o\nlast"},
                              StepFinished{1, StepOutcome::executed, {}, ""}});
  EXPECT_THAT(text, HasSubstr("#2 [2/2] RUN make\n"));
  EXPECT_THAT(text,
              testing::ContainsRegex("#2 [0-9.]+ one\n#2 [0-9.]+ two\n#2 [0-9.]+ last\n#2 DONE 0.0s\n"));
  EXPECT_THAT(text, Not(HasSubstr("FROM x")));  // never started: nothing to tell
}

TEST(PlainProgress, Outcomes) {
  EXPECT_THAT(printed({added(0, "a"), StepFinished{0, StepOutcome::cached, {}, ""}}),
              HasSubstr("#1 a\n#1 CACHED\n"));
  EXPECT_THAT(printed({added(0, "a"), StepFinished{0, StepOutcome::failed, {}, "exit code: 2"}}),
              HasSubstr("#1 ERROR: exit code: 2\n"));
  EXPECT_THAT(printed({Notice{Notice::Level::warning, "StageNameCasing", "bad", SourceLines{"D", 3, 3}}}),
              HasSubstr("WARNING: StageNameCasing: bad (line 3)\n"));
}

}  // namespace
}  // namespace mbuild::cli
