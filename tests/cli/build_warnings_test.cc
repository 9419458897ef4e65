#include "cli/build_warnings.h"

#include <gtest/gtest.h>

namespace mbuild::cli {
namespace {

using builder::Notice;

struct Recorder : builder::BuildObserver {
  int events = 0;
  void on_event(const builder::Event&) noexcept override { ++events; }
};

Notice warning(std::string code, std::string text, unsigned line) {
  return {Notice::Level::warning, std::move(code), std::move(text), SourceLines{"Dockerfile", line, line}};
}

TEST(BuildWarnings, HoldsWhatTheChecksFound) {
  Recorder next;
  BuildWarnings warnings(&next);
  warnings.on_event(warning("FromAsCasing", "write AS", 1));
  EXPECT_EQ(next.events, 0);
  EXPECT_EQ(warnings.text(),
            "\n 1 warning found (mbuild check shows the lines):\n - FromAsCasing: write AS (line 1)\n");
  warnings.on_event(warning("UndefinedVar", "declare x", 7));
  EXPECT_EQ(warnings.text(),
            "\n 2 warnings found (mbuild check shows the lines):\n - FromAsCasing: write AS (line 1)\n"
            " - UndefinedVar: declare x (line 7)\n");
}

TEST(BuildWarnings, PassesEverythingElse) {
  Recorder next;
  BuildWarnings warnings(&next);
  warnings.on_event(builder::StepStarted{1});
  warnings.on_event(Notice{Notice::Level::warning, "", "without a rule", SourceLines{"Dockerfile", 1, 1}});
  warnings.on_event(Notice{Notice::Level::warning, "cache", "without a line", std::nullopt});
  warnings.on_event(Notice{Notice::Level::info, "x", "no warning", SourceLines{"Dockerfile", 1, 1}});
  EXPECT_EQ(next.events, 4);
  EXPECT_EQ(warnings.text(), "");
}

TEST(BuildWarnings, NeedsNobodyBehindIt) {
  BuildWarnings warnings(nullptr);
  warnings.on_event(builder::StepStarted{1});
  EXPECT_EQ(warnings.text(), "");
}

}  // namespace
}  // namespace mbuild::cli
