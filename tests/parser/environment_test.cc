#include "parser/environment.h"

#include <gtest/gtest.h>

#include "parser/parse.h"

namespace mbuild::parser {
namespace {

using Values = std::map<std::string, std::string>;
using Pairs = std::vector<std::pair<std::string, std::string>>;

// Applies the ENV and ARG instructions of a stage's text.
class Stage {
 public:
  explicit Stage(Values build_args = {}, Values globals = {})
      : build_args_(std::move(build_args)),
        globals_(std::move(globals)),
        environment(build_args_, globals_) {}

  Stage& apply(const std::string& text) {
    ParseResult parsed = parse(Source("Dockerfile", "FROM x\n" + text));
    EXPECT_TRUE(parsed.ok()) << text;
    for (const Instruction& instruction : parsed.dockerfile.instructions) {
      std::expected<Assignments, EnvironmentError> result;
      if (const auto* env = std::get_if<EnvInstruction>(&instruction.body))
        result = environment.apply(*env, parsed.dockerfile.escape, unset);
      else if (const auto* arg = std::get_if<ArgInstruction>(&instruction.body))
        result = environment.apply(*arg, parsed.dockerfile.escape, unset);
      else
        continue;
      if (result)
        last = *result;
      else
        error = result.error().error.message + " in " + result.error().word->text;
    }
    return *this;
  }

 private:
  Values build_args_;
  Values globals_;

 public:
  BuildEnvironment environment;
  Assignments last;
  std::vector<std::string> unset;
  std::string error;
};

Variables after(const std::string& text, Values build_args = {}, Values globals = {}) {
  Stage stage(std::move(build_args), std::move(globals));
  stage.apply(text);
  EXPECT_EQ(stage.error, "") << text;
  return stage.environment.variables();
}

TEST(BuildEnvironment, EnvSetsExpandedValues) {
  EXPECT_EQ(after("ENV a=1 b=\"x y\" c='$a'"), (Variables{{"a", "1"}, {"b", "x y"}, {"c", "$a"}}));
  EXPECT_EQ(after("ENV a=1\nENV b=$a-2"), (Variables{{"a", "1"}, {"b", "1-2"}}));
  EXPECT_EQ(after("ENV a 1  2 "), (Variables{{"a", "1  2"}}));
  EXPECT_EQ(after("ENV n=x\nENV ${n}y=1"), (Variables{{"n", "x"}, {"xy", "1"}}));
  EXPECT_EQ(after("ENV a="), (Variables{{"a", ""}}));
}

TEST(BuildEnvironment, WordsOfOneEnvSeeWhatWasBefore) {
  EXPECT_EQ(after("ENV a=old\nENV a=new b=$a"), (Variables{{"a", "new"}, {"b", "old"}}));
  EXPECT_EQ(after("ENV a=1 b=$a"), (Variables{{"a", "1"}, {"b", ""}}));
}

TEST(BuildEnvironment, ArgTakesBuildArgThenDefaultThenGlobalThenNothing) {
  EXPECT_EQ(after("ARG a=d", {{"a", "b"}}, {{"a", "g"}}), (Variables{{"a", "b"}}));
  EXPECT_EQ(after("ARG a=d", {}, {{"a", "g"}}), (Variables{{"a", "d"}}));
  EXPECT_EQ(after("ARG a", {}, {{"a", "g"}}), (Variables{{"a", "g"}}));
  EXPECT_EQ(after("ARG a", {{"a", "b"}}, {{"a", "g"}}), (Variables{{"a", "b"}}));
  EXPECT_EQ(after("ARG a"), (Variables{}));
  EXPECT_EQ(after("ARG a="), (Variables{{"a", ""}}));
  EXPECT_EQ(after("ARG a", {{"a", ""}}), (Variables{{"a", ""}}));
  EXPECT_EQ(after("ARG a=", {}, {{"a", "g"}}), (Variables{{"a", ""}}));
}

TEST(BuildEnvironment, NothingIsVisibleWithoutArg) {
  EXPECT_EQ(after("ENV x=$a", {{"a", "b"}}, {{"a", "g"}}), (Variables{{"x", ""}}));
}

TEST(BuildEnvironment, ABuildArgKeepsTheDefaultFromBeingEvaluated) {
  EXPECT_EQ(after("ARG a=${x:?needed}", {{"a", "b"}}), (Variables{{"a", "b"}}));
  Stage stage;
  stage.apply("ARG a=${x:?needed}");
  EXPECT_EQ(stage.error, "x: needed in ${x:?needed}");
}

TEST(BuildEnvironment, ArgumentsOfOneArgSeeTheOnesBefore) {
  EXPECT_EQ(after("ARG a=1 b=${a}2"), (Variables{{"a", "1"}, {"b", "12"}}));
  EXPECT_EQ(after("ARG a=1 b=${a}2", {{"a", "x"}}), (Variables{{"a", "x"}, {"b", "x2"}}));
}

TEST(BuildEnvironment, BuildArgValuesAreNotExpanded) {
  EXPECT_EQ(after("ARG a", {{"a", "$x 'q'"}}), (Variables{{"a", "$x 'q'"}}));
  EXPECT_EQ(after("ARG a", {}, {{"a", "$x"}}), (Variables{{"a", "$x"}}));
}

TEST(BuildEnvironment, TheLastWriterWins) {
  EXPECT_EQ(after("ARG a=arg\nENV a=env"), (Variables{{"a", "env"}}));
  EXPECT_EQ(after("ENV a=env\nARG a=arg"), (Variables{{"a", "arg"}}));
  EXPECT_EQ(after("ENV a=env\nARG a"), (Variables{{"a", "env"}}));
  EXPECT_EQ(after("ENV a=env\nARG a", {{"a", "build"}}), (Variables{{"a", "build"}}));
  EXPECT_EQ(after("ARG a=1\nARG a=${a}2"), (Variables{{"a", "12"}}));
  EXPECT_EQ(after("ARG a=1\nENV a=$a"), (Variables{{"a", "1"}}));
}

TEST(BuildEnvironment, APlatformArgCanBeOverridden) {
  EXPECT_EQ(after("ARG TARGETARCH", {}, {{"TARGETARCH", "arm64"}}), (Variables{{"TARGETARCH", "arm64"}}));
  EXPECT_EQ(after("ARG TARGETARCH=x", {}, {{"TARGETARCH", "arm64"}}), (Variables{{"TARGETARCH", "x"}}));
}

TEST(BuildEnvironment, ListsArgumentsInOrderOfDeclarationWithLatestValues) {
  Stage stage(Values{{"c", "3"}});
  stage.apply("ARG b=1\nARG a\nENV z=9\nARG c\nARG b=2\nENV c=env");
  EXPECT_EQ(stage.environment.arguments(), (Pairs{{"b", "2"}, {"a", ""}, {"c", "env"}}));
  EXPECT_TRUE(stage.environment.is_declared("a"));
  EXPECT_FALSE(stage.environment.is_declared("z"));
  EXPECT_EQ(stage.environment.get("a"), std::nullopt);
  EXPECT_EQ(stage.environment.get("b"), "2");
}

TEST(BuildEnvironment, GivesWhatEachInstructionAssigned) {
  Stage stage({}, {{"b", "g"}});
  stage.apply("ARG a b c=1");
  ASSERT_EQ(stage.last.size(), 3u);
  EXPECT_EQ(stage.last[0].name, "a");
  EXPECT_EQ(stage.last[0].value, std::nullopt);
  EXPECT_EQ(stage.last[1].value, "g");
  EXPECT_EQ(stage.last[2].value, "1");
  stage.apply("ENV x=$c");
  ASSERT_EQ(stage.last.size(), 1u);
  EXPECT_EQ(stage.last[0].value, "1");
}

TEST(BuildEnvironment, ACopyGoesItsOwnWay) {
  Stage stage;
  stage.apply("ARG a=1\nENV b=2");
  BuildEnvironment child = stage.environment;
  child.set("b", "3");
  EXPECT_EQ(child.get("b"), "3");
  EXPECT_EQ(stage.environment.get("b"), "2");
  EXPECT_EQ(child.arguments(), (Pairs{{"a", "1"}}));
  EXPECT_EQ(expand("$a$b", child.lookup())->text, "13");
}

TEST(BuildEnvironment, VariablesForTheBuilderStayOut) {
  Stage stage(Values{{"BUILDKIT_SBOM_SCAN_STAGE", "true"}});
  stage.apply("ARG BUILDKIT_SBOM_SCAN_STAGE");
  EXPECT_EQ(stage.environment.variables(), Variables());
  EXPECT_EQ(stage.environment.arguments(), (Pairs{{"BUILDKIT_SBOM_SCAN_STAGE", "true"}}));
}

TEST(BuildEnvironment, ReportsUnsetNames) {
  Stage stage;
  stage.apply("ARG a=$b\nENV c=$d$b");
  EXPECT_EQ(stage.unset, (std::vector<std::string>{"b", "d"}));
}

TEST(BuildEnvironment, AFailingEnvChangesNothing) {
  Stage stage;
  stage.apply("ENV a=1 b=${");
  EXPECT_EQ(stage.error, "syntax error: missing '}' in ${");
  EXPECT_EQ(stage.environment.variables(), Variables());
}

TEST(BuildEnvironment, UsesTheEscapeCharacterOfTheFile) {
  ParseResult parsed = parse(Source("Dockerfile", "# escape=`\nFROM x\nENV a=C:\\`$x\n"));
  Values none;
  BuildEnvironment environment(none, none);
  std::vector<std::string> unset;
  const auto& env = std::get<EnvInstruction>(parsed.dockerfile.instructions[1].body);
  ASSERT_TRUE(environment.apply(env, parsed.dockerfile.escape, unset));
  EXPECT_EQ(environment.get("a"), "C:\\$x");
}

Values globals_after(const std::string& text, const Values& build_args, Values values) {
  ParseResult parsed = parse(Source("Dockerfile", text + "\nFROM x"));
  EXPECT_TRUE(parsed.ok()) << text;
  std::vector<std::string> unset;
  for (const Instruction& instruction : parsed.dockerfile.instructions)
    if (const auto* arg = std::get_if<ArgInstruction>(&instruction.body)) {
      EXPECT_TRUE(apply_global(*arg, '\\', build_args, values, unset)) << text;
    }
  return values;
}

TEST(GlobalArgs, LaterOnesSeeEarlierOnes) {
  EXPECT_EQ(globals_after("ARG a=1\nARG b=${a}2", {}, {}), (Values{{"a", "1"}, {"b", "12"}}));
  EXPECT_EQ(globals_after("ARG a=1 b=$a", {}, {}), (Values{{"a", "1"}, {"b", "1"}}));
  EXPECT_EQ(globals_after("ARG a=1\nARG a=${a}2", {}, {}), (Values{{"a", "12"}}));
  EXPECT_EQ(globals_after("ARG a=1\nARG a", {}, {}), (Values{{"a", "1"}}));
  EXPECT_EQ(globals_after("ARG a", {}, {}), (Values{}));
  EXPECT_EQ(globals_after("ARG a=", {}, {}), (Values{{"a", ""}}));
}

TEST(GlobalArgs, BuildArgsOverrideDefaultsAndPlatforms) {
  EXPECT_EQ(globals_after("ARG a=${x:?}", {{"a", "b"}}, {}), (Values{{"a", "b"}}));
  EXPECT_EQ(globals_after("ARG v=$TARGETOS", {}, {{"TARGETOS", "linux"}}),
            (Values{{"TARGETOS", "linux"}, {"v", "linux"}}));
  EXPECT_EQ(globals_after("ARG TARGETOS", {}, {{"TARGETOS", "linux"}}), (Values{{"TARGETOS", "linux"}}));
  EXPECT_EQ(globals_after("ARG TARGETOS=bsd", {}, {{"TARGETOS", "linux"}}), (Values{{"TARGETOS", "bsd"}}));
}

TEST(ProxyVariables, AreKnownInEitherCase) {
  for (const char* name : {"HTTP_PROXY", "http_proxy", "https_proxy", "FTP_PROXY", "no_proxy", "ALL_PROXY"})
    EXPECT_TRUE(is_proxy_variable(name)) << name;
  EXPECT_FALSE(is_proxy_variable("PROXY"));
  EXPECT_FALSE(is_proxy_variable("HTTP_PROXY_X"));
}

}  // namespace
}  // namespace mbuild::parser
