#include "parser/lint_config.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/parser/lint/lint_checker.h"

namespace mbuild::parser {
namespace {

using Found = std::vector<std::string>;

TEST(LintConfig, ReadsAllOptions) {
  auto config = parse_lint_config("skip=A, B;error=true;experimental=C");
  ASSERT_TRUE(config);
  EXPECT_TRUE(config->skips("A"));
  EXPECT_TRUE(config->skips("B"));
  EXPECT_FALSE(config->skips("C"));
  EXPECT_TRUE(config->error);
  EXPECT_TRUE(config->experimental.contains("C"));
  EXPECT_TRUE(parse_lint_config("skip=all")->skips("anything"));
  EXPECT_TRUE(parse_lint_config("experimental=all")->experimental_all);
  EXPECT_FALSE(parse_lint_config("error=0")->error);
  EXPECT_FALSE(parse_lint_config("")->error);
}

TEST(LintConfig, RefusesTheRest) {
  EXPECT_FALSE(parse_lint_config("skip"));
  EXPECT_FALSE(parse_lint_config("error=maybe"));
  EXPECT_FALSE(parse_lint_config("nosuch=1"));
  EXPECT_EQ(lint_text("# check=nosuch=1\nFROM a\n").found, (Found{"invalid-check@nosuch=1"}));
}

TEST(LintConfig, TheDirectiveSkipsRules) {
  EXPECT_EQ(lint_text("# check=skip=StageNameCasing\nFROM a AS B\n").found, Found{});
  EXPECT_EQ(lint_text("# check=skip=stagenamecasing\nFROM a AS B\n").found.size(), 1u);
  EXPECT_EQ(lint_text("# check=skip=all\nFROM a AS B\nRUN cd x\n").found, Found{});
}

TEST(LintConfig, CommentsSkipRulesOfTheInstructionBelow) {
  EXPECT_EQ(lint_text("# check=skip=StageNameCasing\n\n# check=skip=DuplicateStageName\nFROM a AS x\n"
                      "# check=skip=DuplicateStageName // on purpose\nFROM b AS x\nFROM c AS x\n")
                .found,
            (Found{"DuplicateStageName@x"}));
  EXPECT_EQ(lint_text("FROM a\n# check=skip=all\nRUN cd x\nRUN cd y\n").found,
            (Found{"CommandHasNoEffect@cd y"}));
  EXPECT_EQ(lint_text("FROM a\n# check=error=true;skip=CommandHasNoEffect,X\n# more\nRUN cd x\n").found,
            Found{});
  EXPECT_EQ(lint_text("FROM a\n# check=skip=Other\nRUN cd x\n").found.size(), 1u);
  EXPECT_EQ(lint_text("FROM a\n# check=skip=all\nCOPY ${ x\n").found, (Found{"invalid-expansion@${"}));
}

TEST(LintConfig, AnOptionReplacesTheDirective) {
  LintOptions options;
  options.config = parse_lint_config("skip=StageNameCasing").value();
  EXPECT_EQ(lint_text("# check=skip=all\nFROM a AS B\nRUN cd x\n", options).found,
            (Found{"CommandHasNoEffect@cd x"}));
}

TEST(LintConfig, OnlyBuildKitsRulesFailABuild) {
  EXPECT_EQ(lint_text("# check=error=true\nFROM a AS B\nMAINTAINER m\nCMD x\nMAINTAINER n\n").failure,
            "lint violation found for rules: JSONArgsRecommended, MaintainerDeprecated, StageNameCasing");
  EXPECT_EQ(lint_text("# check=error=true\nFROM a\nRUN cd x\n").failure, "");
  EXPECT_EQ(lint_text("# check=error=true;skip=StageNameCasing\nFROM a AS B\n").failure, "");
  EXPECT_EQ(lint_text("FROM a AS B\n").failure, "");
}

TEST(LintRules, AreNamedOnceAndDescribed) {
  std::set<std::string_view> names;
  for (const LintRule& rule : lint_rules()) {
    EXPECT_TRUE(names.insert(rule.name).second) << rule.name;
    EXPECT_FALSE(rule.description.empty()) << rule.name;
    EXPECT_EQ(rule.url.empty(), !rule.buildkit) << rule.name;
    EXPECT_EQ(find_lint_rule(rule.name), &rule);
  }
  EXPECT_EQ(find_lint_rule("NoSuchRule"), nullptr);
}

TEST(LintScope, ABuildIsToldOfNeededStagesAlone) {
  const std::string text =
      "FROM a AS Unneeded\nCMD x\nRUN apt-get update && apt-get install -y git\nFROM b AS base\nCMD y\n"
      "FROM base\nWORKDIR z\n";
  LintOptions options;
  options.needed_stages_only = true;
  EXPECT_EQ(lint_text(text, options).found,
            (std::vector<std::string>{"StageNameCasing@Unneeded", "JSONArgsRecommended@y",
                                      "WorkdirRelativePath@z"}));
  EXPECT_EQ(lint_text(text, options, "unneeded").found,
            (std::vector<std::string>{"StageNameCasing@Unneeded", "JSONArgsRecommended@x",
                                      "AptListsLeftBehind@apt-get update"}));
}

TEST(LintScope, WhatTheCallerFoundIsSkippedAndCounted) {
  LintOptions options;
  options.found_by_caller = {
      {Severity::warning, "InvalidBaseImagePlatform", "wrong platform", {25, 26}, {}, {}}};
  Linted linted = lint_text("# check=error=true\n\nFROM a\n", options);
  EXPECT_EQ(linted.found.size(), 1u);
  EXPECT_EQ(linted.failure, "lint violation found for rules: InvalidBaseImagePlatform");
  EXPECT_EQ(lint_text("# check=skip=all;error=true\nFROM a\n", options).failure, "");
}

}  // namespace
}  // namespace mbuild::parser
