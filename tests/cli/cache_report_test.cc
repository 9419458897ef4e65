#include "cli/cache_report.h"

#include <gtest/gtest.h>

namespace mbuild::cli {
namespace {

using namespace builder;

TEST(CacheReport, TellsHitsMissesAndCutOffs) {
  CacheReport report(nullptr);
  const auto add = [&](StepId id, const char* name, bool cacheable) {
    report.on_event(StepAdded{{id, name, "", std::nullopt, {}, cacheable}});
  };
  add(0, "FROM x", false);
  add(1, "RUN a", true);
  add(2, "RUN b", true);
  add(3, "RUN c", true);
  add(4, "RUN d", true);
  add(5, "RUN never reached", true);
  report.on_event(StepFinished{0, StepOutcome::executed, {}, ""});
  report.on_event(StepFinished{4, StepOutcome::executed, {}, ""});
  report.on_event(StepFinished{1, StepOutcome::cached, {}, ""});
  report.on_event(StepFinished{2, StepOutcome::executed, {}, "src/main.c changed"});
  report.on_event(StepFinished{3, StepOutcome::cut_off, {}, "command changed"});
  EXPECT_EQ(report.text(),
            "hit      RUN a\n"
            "miss     RUN b: src/main.c changed\n"
            "cut-off  RUN c: command changed; it gave what an earlier run gave\n"
            "miss     RUN d: this step has not run before\n");
}

}  // namespace
}  // namespace mbuild::cli
