#include "parser/stages.h"

#include <gtest/gtest.h>

#include "parser/parse.h"

namespace mbuild::parser {
namespace {

using Kind = StageReference::Kind;
using Indexes = std::vector<std::size_t>;

// A file and its stages, kept together as the graph points into the file.
struct Resolved {
  ParseResult parsed;
  StageResult stages;

  const StageGraph& graph() const { return stages.graph; }
  const Stage& stage(std::size_t index) const { return stages.graph.stages.at(index); }
  // "error@COPY --from=x: message" of each diagnostic, the text being what the range covers.
  std::vector<std::string> messages() const {
    std::vector<std::string> result;
    for (const Diagnostic& d : stages.diagnostics)
      result.push_back((d.severity == Severity::error ? "error@" : "warning@") +
                       std::string(parsed.dockerfile.source.text(d.range)) + ": " + d.message);
    return result;
  }
};

StageOptions options_for(std::string target = "") {
  StageOptions options;
  options.target = std::move(target);
  options.platform_args = default_platform_args();
  return options;
}

// `text` has a line for each '\n'; parse errors fail the test.
std::unique_ptr<Resolved> resolve(const std::string& text, const StageOptions& options = options_for()) {
  auto result = std::make_unique<Resolved>(parse(Source("Dockerfile", text)), StageResult());
  for (const Diagnostic& d : result->parsed.diagnostics)
    EXPECT_NE(d.severity, Severity::error) << text << "\n" << d.message;
  result->stages = resolve_stages(result->parsed.dockerfile, options);
  return result;
}

std::vector<std::string> messages(const std::string& text, const StageOptions& options = options_for()) {
  return resolve(text, options)->messages();
}

std::vector<Indexes> stage_dependencies(const Resolved& resolved) {
  std::vector<Indexes> result;
  for (const Stage& stage : resolved.graph().stages) {
    Indexes& of_stage = result.emplace_back();
    for (const StageReference& reference : stage.dependencies)
      if (reference.kind == Kind::stage) of_stage.push_back(reference.stage);
  }
  return result;
}

using Messages = std::vector<std::string>;

TEST(Stages, NamesIndexesAndRanges) {
  std::string text = "ARG g=1\nFROM alpine AS Build\nRUN a\n\nFROM build\nRUN b\n";
  auto r = resolve(text);
  EXPECT_EQ(r->messages(), Messages{});
  ASSERT_EQ(r->graph().stages.size(), 2u);
  EXPECT_EQ(r->graph().global_args.size(), 1u);
  EXPECT_EQ(r->stage(0).name, "build");
  EXPECT_EQ(r->stage(0).instructions.size(), 1u);
  EXPECT_EQ(r->parsed.dockerfile.source.text(r->stage(0).range), "FROM alpine AS Build\nRUN a\n\n");
  EXPECT_EQ(r->parsed.dockerfile.source.text(r->stage(1).range), "FROM build\nRUN b\n");
  EXPECT_EQ(r->stage(0).base.kind, Kind::image);
  EXPECT_EQ(r->stage(0).base.name, "alpine");
  EXPECT_EQ(r->stage(1).base.kind, Kind::stage);
  EXPECT_EQ(r->stage(1).base.stage, 0u);
  EXPECT_EQ(r->stage(1).display_name(), "stage-1");
  EXPECT_EQ(r->graph().target, 1u);
  EXPECT_EQ(r->graph().needed, (Indexes{0, 1}));
}

TEST(Stages, ScratchImagesAndVariables) {
  auto r = resolve("ARG tag=3\nARG name=alpine\nFROM scratch\nFROM $name:${tag}\nFROM build-${TARGETOS}\n");
  EXPECT_EQ(r->messages(), Messages{});
  EXPECT_EQ(r->stage(0).base.kind, Kind::scratch);
  EXPECT_EQ(r->stage(1).base.name, "alpine:3");
  EXPECT_EQ(r->stage(2).base.name, "build-linux");
}

TEST(Stages, ExpandedNamesFindStages) {
  auto r = resolve("ARG s=two\nFROM a AS one\nFROM a AS two\nFROM $s\n");
  EXPECT_EQ(r->stage(2).base.kind, Kind::stage);
  EXPECT_EQ(r->stage(2).base.stage, 1u);
}

TEST(Stages, FromIsComparedAsWritten) {
  EXPECT_EQ(
      messages("FROM a AS base\nFROM Base\n"),
      (Messages{"error@Base: failed to parse stage name \"Base\": invalid reference format: repository name "
                "(library/Base) must be lowercase (did you mean base?)"}));
}

TEST(Stages, CopyAndMountLowerCase) {
  auto r = resolve("FROM a AS base\nFROM b\nCOPY --from=BASE x y\nRUN --mount=from=Base,target=/x true\n");
  EXPECT_EQ(r->messages(), Messages{});
  EXPECT_EQ(stage_dependencies(*r), (std::vector<Indexes>{{}, {0, 0}}));
}

TEST(Stages, CopyTakesIndexes) {
  auto r = resolve("FROM a\nFROM b\nCOPY --from=0 x y\nCOPY --from=+0 x y\n");
  EXPECT_EQ(r->messages(), Messages{});
  EXPECT_EQ(stage_dependencies(*r), (std::vector<Indexes>{{}, {0, 0}}));
}

TEST(Stages, FromAndMountsTakeNoIndexes) {
  auto r = resolve("FROM a\nFROM 0\nRUN --mount=from=0,target=/x true\n");
  EXPECT_EQ(r->stage(1).base.kind, Kind::image);
  ASSERT_EQ(r->stage(1).dependencies.size(), 2u);
  EXPECT_EQ(r->stage(1).dependencies[1].kind, Kind::image);
}

TEST(Stages, BadIndexes) {
  EXPECT_EQ(messages("FROM a\nFROM b\nCOPY --from=2 x y\n"),
            (Messages{"error@2: invalid stage index 2: the file has stages 0 to 1"}));
  EXPECT_EQ(messages("FROM a\nCOPY --from=-1 x y\n"),
            (Messages{"error@-1: invalid stage index -1: the file has stages 0 to 0"}));
  EXPECT_EQ(messages("FROM a\nCOPY --from=0 x y\n"),
            (Messages{"error@0: circular dependency detected on stage: stage-0"}));
  EXPECT_EQ(messages("FROM a\nCOPY --from=1 x y\nFROM b\n", options_for()),
            (Messages{"warning@1: cannot copy from stage \"1\", it needs to be defined before current stage "
                      "\"stage-0\""}));
}

TEST(Stages, LaterStagesCannotBeUsed) {
  std::string text =
      "FROM a AS one\nCOPY --from=two x y\nRUN --mount=from=two,target=/t true\nFROM b AS two\n";
  EXPECT_EQ(
      messages(text, options_for("one")),
      (Messages{
          "error@two: cannot copy from stage \"two\", it needs to be defined before current stage \"one\"",
          "error@two: cannot mount from stage \"two\" to \"/t\", stage needs to be defined before "
          "current command"}));
  // The build of another target would not notice.
  EXPECT_EQ(messages(text)[0].substr(0, 8), "warning@");
}

TEST(Stages, Cycles) {
  EXPECT_EQ(messages("FROM a AS one\nCOPY --from=one x y\n"),
            (Messages{"error@one: circular dependency detected on stage: one"}));
  EXPECT_EQ(messages("FROM a AS one\nCOPY --from=two x y\nFROM b AS two\nCOPY --from=one x y\n"),
            (Messages{"error@two: circular dependency detected on stage: one"}));
  EXPECT_EQ(messages("FROM a AS one\nCOPY --from=three x y\nFROM one AS two\nFROM two AS three\n"),
            (Messages{"error@three: circular dependency detected on stage: one"}));
  EXPECT_EQ(messages("FROM a AS base\nONBUILD COPY --from=child x y\nFROM base AS child\n"),
            (Messages{"error@child: circular dependency detected on stage: child"}));
}

TEST(Stages, OfDuplicateNamesTheLatestEarlierCounts) {
  auto r = resolve(
      "FROM a AS x\nFROM b AS x\nFROM x\nFROM c AS x\nCOPY --from=x p q\nFROM d\nCOPY --from=x p q\n");
  EXPECT_EQ(r->messages(), Messages{});
  EXPECT_EQ(stage_dependencies(*r), (std::vector<Indexes>{{}, {}, {1}, {1}, {3}}));
}

TEST(Stages, ImagesInCopyAndMount) {
  auto r = resolve(
      "FROM a\nCOPY --from=nginx:1 x y\nCOPY --from=scratch x y\nRUN --mount=type=tmpfs,target=/t true\n");
  EXPECT_EQ(r->messages(), Messages{});
  ASSERT_EQ(r->stage(0).dependencies.size(), 3u);
  EXPECT_EQ(r->stage(0).dependencies[1].name, "nginx:1");
  EXPECT_EQ(r->stage(0).dependencies[1].kind, Kind::image);
  EXPECT_EQ(r->stage(0).dependencies[2].kind, Kind::scratch);
  EXPECT_EQ(messages("FROM a\nCOPY --from=In:Valid! x y\n").size(), 1u);
}

TEST(Stages, NoVariablesInSources) {
  EXPECT_EQ(
      messages("FROM a\nCOPY --from=$x y z\n"),
      (Messages{
          "error@$x: variable expansion is not supported for --from, define a new stage with FROM using "
          "ARG from global scope as a workaround"}));
}

TEST(Stages, InvalidNames) {
  for (const char* name : {"1st", "a/b", "a:b", "-a", "é", "a+b"})
    EXPECT_EQ(messages("FROM x AS " + std::string(name) + "\n"),
              (Messages{"error@" + std::string(name) + ": invalid name for build stage: \"" + name +
                        "\", name can't start with a number or contain symbols"}));
  EXPECT_EQ(messages("FROM x AS a-b_c.d9\n"), Messages{});
}

TEST(Stages, BlankNamesAndPlatforms) {
  EXPECT_EQ(messages("ARG image=x\nFROM $imge\n"),
            (Messages{"error@$imge: base name ($imge) should not be blank (did you mean image?)"}));
  EXPECT_EQ(messages("ARG IMAGE\nFROM ${IMAGE}\n"),
            (Messages{"error@${IMAGE}: base name (${IMAGE}) should not be blank"}));
  EXPECT_EQ(messages("FROM --platform=$BULDPLATFORM x\n"),
            (Messages{"error@$BULDPLATFORM: empty platform value from expression $BULDPLATFORM (did you mean "
                      "BUILDPLATFORM?)"}));
  EXPECT_EQ(messages("FROM --platform=a/b/c/d x\n"),
            (Messages{"error@a/b/c/d: failed to parse platform a/b/c/d: expected os, architecture or "
                      "os/architecture/variant"}));
  auto r = resolve("FROM --platform=$BUILDPLATFORM x\n");
  EXPECT_EQ(r->stage(0).platform, "linux/amd64");
}

TEST(Stages, ExpansionErrorsPointAtTheWord) {
  EXPECT_EQ(messages("FROM ${x\n"),
            (Messages{"error@${x: failed to process \"${x\": syntax error: missing '}'"}));
  EXPECT_EQ(messages("ARG a=${b:?needed}\nFROM x\n"),
            (Messages{"error@${b:?needed}: failed to process \"${b:?needed}\": b: needed"}));
}

TEST(Stages, GlobalValues) {
  StageOptions options = options_for();
  options.build_args = {{"a", "given"}, {"TARGETARCH", "riscv64"}, {"undeclared", "x"}};
  auto r = resolve("ARG a=1 b=${a}2\nARG c\nFROM img-$TARGETARCH AS Last\n", options);
  const auto& values = r->graph().global_values;
  EXPECT_EQ(values.at("a"), "given");
  EXPECT_EQ(values.at("b"), "given2");
  EXPECT_EQ(values.at("TARGETARCH"), "riscv64");
  EXPECT_EQ(values.at("TARGETSTAGE"), "last");
  EXPECT_FALSE(values.contains("c"));
  EXPECT_FALSE(values.contains("undeclared"));
  EXPECT_EQ(r->stage(0).base.name, "img-riscv64");
}

TEST(Stages, TargetStage) {
  EXPECT_EQ(resolve("FROM a\n")->graph().global_values.at("TARGETSTAGE"), "default");
  EXPECT_EQ(resolve("FROM a AS x\nFROM b\n", options_for("x"))->graph().global_values.at("TARGETSTAGE"), "x");
}

TEST(Stages, Targets) {
  std::string text = "FROM a AS one\nFROM b AS two\nCOPY --from=one x y\nFROM c AS three\n";
  EXPECT_EQ(resolve(text, options_for("TWO"))->graph().needed, (Indexes{0, 1}));
  EXPECT_EQ(resolve(text)->graph().needed, (Indexes{2}));
  EXPECT_EQ(messages(text, options_for("tow")),
            (Messages{"error@: target stage \"tow\" could not be found (did you mean two?)"}));
  EXPECT_EQ(messages(text, options_for("0")), (Messages{"error@: target stage \"0\" could not be found"}));
}

TEST(Stages, NamedContextsReplaceStagesAndImages) {
  StageOptions options = options_for();
  options.named_contexts = {"one", "alpine", "src", "scratch", "ghcr.io/me/app", "two::linux/arm64", "two"};
  auto r = resolve(
      "FROM nosuch AS one\nCOPY --from=zero x y\nFROM docker.io/library/alpine:latest\nCOPY --from=src x y\n"
      "COPY --from=one x y\nFROM scratch\nFROM ghcr.io/me/app:latest\nFROM --platform=linux/arm64 two\n"
      "FROM --platform=linux/amd64 two\nFROM alpine:3\n",
      options);
  EXPECT_EQ(r->messages(), Messages{});
  EXPECT_TRUE(r->stage(0).overridden);
  EXPECT_EQ(r->stage(0).base.kind, Kind::named_context);
  EXPECT_EQ(r->stage(0).dependencies.size(), 1u);
  EXPECT_EQ(r->stage(1).base.kind, Kind::named_context);
  EXPECT_EQ(r->stage(1).base.name, "alpine");
  EXPECT_EQ(r->stage(1).dependencies[1].kind, Kind::named_context);
  EXPECT_EQ(r->stage(1).dependencies[1].name, "src");
  EXPECT_EQ(r->stage(1).dependencies[2].kind, Kind::stage);
  EXPECT_EQ(r->stage(2).base.kind, Kind::scratch);
  EXPECT_EQ(r->stage(3).base.name, "ghcr.io/me/app");
  EXPECT_EQ(r->stage(4).base.name, "two::linux/arm64");
  EXPECT_EQ(r->stage(5).base.name, "two");
  EXPECT_EQ(r->stage(6).base.kind, Kind::image);
}

TEST(Stages, TriggersOfABaseStageAreTheChildsDependencies) {
  auto r = resolve(
      "FROM a AS tool\nFROM b AS base\nONBUILD COPY --from=tool x y\nONBUILD RUN "
      "--mount=from=nginx,target=/n true\n"
      "FROM base AS child\nCOPY --from=2 x y\nFROM child\n",
      options_for("child"));
  // Index 2 is the child itself.
  EXPECT_EQ(r->messages(), (Messages{"error@2: circular dependency detected on stage: child"}));
  EXPECT_EQ(stage_dependencies(*r), (std::vector<Indexes>{{}, {}, {1, 0}, {2}}));
  EXPECT_EQ(r->stage(2).dependencies[2].name, "nginx");
  EXPECT_EQ(r->stage(1).dependencies.size(), 1u);
}

TEST(Stages, Descriptions) {
  auto r = resolve(
      "# build  compiles it\nFROM a AS build\n# something\n# final is small\nFROM b AS final\n# x\nFROM c\n");
  EXPECT_EQ(r->stage(0).description, "compiles it");
  EXPECT_EQ(r->stage(1).description, "is small");
  EXPECT_EQ(r->stage(2).description, "");
}

TEST(Stages, ReferencesOfImageTriggers) {
  auto r = resolve("FROM a AS one\nFROM b AS two\nFROM c AS three\n");
  StageOptions options = options_for();
  std::vector<Diagnostic> diagnostics;
  auto one = resolve_copy_source(r->graph(), 1, {"ONE", {}}, options, diagnostics);
  ASSERT_TRUE(one);
  EXPECT_EQ(one->stage, 0u);
  EXPECT_EQ(resolve_copy_source(r->graph(), 1, {"0", {}}, options, diagnostics)->kind, Kind::stage);
  EXPECT_EQ(resolve_copy_source(r->graph(), 1, {"0", {}}, options, diagnostics, ReferenceKind::mount)->kind,
            Kind::image);
  EXPECT_TRUE(diagnostics.empty());
  EXPECT_FALSE(resolve_copy_source(r->graph(), 1, {"three", {}}, options, diagnostics));
  EXPECT_FALSE(resolve_copy_source(r->graph(), 1, {"two", {}}, options, diagnostics));
  ASSERT_EQ(diagnostics.size(), 2u);
  EXPECT_EQ(diagnostics[0].code, "stage-not-defined-yet");
  EXPECT_EQ(diagnostics[1].code, "circular-dependency");
}

TEST(Stages, FilesWithoutStages) {
  ParseResult parsed = parse(Source("Dockerfile", "ARG a=1\n"));
  StageResult result = resolve_stages(parsed.dockerfile, options_for());
  EXPECT_TRUE(result.graph.stages.empty());
  EXPECT_EQ(result.graph.global_values.at("a"), "1");
}

TEST(Stages, TenThousandAreLinear) {
  std::string chain = "FROM a AS s0\n";
  std::string wrong = "FROM a AS s0\n";
  for (int i = 1; i < 10'000; ++i) {
    std::string previous = std::to_string(i - 1);
    std::string name = std::to_string(i);
    chain +=
        "FROM s" + previous + " AS s" + name + "\nCOPY --from=s0 x y\nCOPY --from=" + previous + " x y\n";
    wrong += "FROM Wrong AS s" + name + "\nCOPY --from=s9999 x y\n";
  }
  auto r = resolve(chain);
  EXPECT_EQ(r->messages(), Messages{});
  EXPECT_EQ(r->graph().needed.size(), 10'000u);
  EXPECT_EQ(resolve(wrong)->stages.diagnostics.size(), 2 * 9'999u);
}

}  // namespace
}  // namespace mbuild::parser
