#include "builder/plan/lower.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "parser/parse.h"

namespace mbuild::builder {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

class FakeImages : public ImageResolver {
 public:
  Result<ImageSourcePtr> resolve(const std::string& name, const oci::Platform&) override {
    asked.push_back(name);
    if (!images.contains(name)) return fail(ErrorKind::not_found, name + ": not found");
    auto source = std::make_shared<ImageSource>();
    source->name = name;
    source->config = images[name];
    return source;
  }
  std::map<std::string, oci::ImageConfig> images{{"base", {}}};
  std::vector<std::string> asked;
};

struct Lowering {
  FakeImages images;
  LowerOptions options;
  std::vector<Notice> notices;

  Result<Plan> operator()(std::string text) {
    parser::ParseResult parsed = parser::parse(parser::Source("Dockerfile", std::move(text)));
    EXPECT_TRUE(parsed.ok());
    options.target_platform = options.build_platform = *oci::Platform::parse("linux/amd64");
    parser::StageResult stages = parser::resolve_stages(parsed.dockerfile, options.stages);
    if (!stages.ok()) return fail(ErrorKind::invalid_input, stages.diagnostics.front().message);
    return lower(parsed.dockerfile, stages.graph, options, images,
                 [this](Notice notice) { notices.push_back(notice); });
  }
};

template <class T>
const T& only(const Plan& plan) {
  const T* found = nullptr;
  for (const Op& op : plan.ops)
    if (const T* body = std::get_if<T>(&op.body)) found = body;
  return *found;
}

std::vector<std::string> history(const Plan& plan) {
  std::vector<std::string> texts;
  for (const PlannedHistory& entry : plan.images.front().history) texts.push_back(entry.created_by);
  return texts;
}

TEST(Lower, OnlyNeededStagesAreLookedAt) {
  Lowering lowering;
  Plan plan = *lowering("FROM nowhere AS broken\nRUN x\nFROM base\nRUN y\n");
  EXPECT_THAT(lowering.images.asked, ElementsAre("base"));
  EXPECT_EQ(plan.ops.size(), 2u);
  EXPECT_EQ(plan.ops[1].name, "[stage-1 2/2] RUN y");
}

TEST(Lower, RunSeesArgsAndEnvAndTheShell) {
  Lowering lowering;
  lowering.options.stages.build_args = {{"A", "1"}, {"HTTP_PROXY", "http://p"}};
  Plan plan = *lowering(
      "FROM base\nARG A\nENV B=$A\nSHELL [\"/bin/bash\",\"-c\"]\nRUN echo\nRUN [\"exec\",\"form\"]\n");
  const auto& first = std::get<RunOp>(plan.ops[1].body);
  EXPECT_THAT(first.argv, ElementsAre("/bin/bash", "-c", "echo"));
  EXPECT_THAT(first.env, testing::IsSupersetOf({Pair("A", "1"), Pair("B", "1")}));
  EXPECT_THAT(first.unkeyed_env, ElementsAre(Pair("HTTP_PROXY", "http://p"), Pair("http_proxy", "http://p")));
  EXPECT_THAT(std::get<RunOp>(plan.ops[2].body).argv, ElementsAre("exec", "form"));
  EXPECT_THAT(history(plan), testing::Contains("RUN |1 A=1 /bin/bash -c echo # buildkit"));
}

TEST(Lower, HeredocsReachTheShellInThreeWays) {
  Lowering lowering;
  Plan plan = *lowering(
      "FROM base\nRUN <<EOF\nplain\nEOF\nRUN <<EOF\n#!/bin/py\nscript\nEOF\nRUN cat <<A - <<B\na\nA\nb\nB\n");
  EXPECT_EQ(std::get<RunOp>(plan.ops[1].body).argv.back(), "plain\n");
  const auto& script = std::get<RunOp>(plan.ops[2].body);
  EXPECT_EQ(script.argv.back(), "/dev/pipes/EOF");
  ASSERT_EQ(script.scripts.size(), 1u);
  EXPECT_EQ(script.scripts[0].text, "#!/bin/py\nscript\n");
  EXPECT_EQ(std::get<RunOp>(plan.ops[3].body).argv.back(), "cat <<A - <<B\na\nA\nb\nB");
}

TEST(Lower, WorkdirJoinsAndRootMakesNoLayer) {
  Lowering lowering;
  Plan plan = *lowering("FROM base\nWORKDIR /\nWORKDIR a\nUSER u\nWORKDIR ../b\n");
  EXPECT_EQ(plan.images.front().config.config.working_dir, "/b");
  EXPECT_EQ(only<WorkdirOp>(plan).user, "u");
  ASSERT_EQ(plan.images.front().history.size(), 4u);
  EXPECT_FALSE(plan.images.front().history[0].layer);
  EXPECT_TRUE(plan.images.front().history[1].layer);
}

TEST(Lower, EntrypointClearsAnInheritedCmdOnly) {
  Lowering lowering;
  lowering.images.images["base"].config.cmd = {"inherited"};
  EXPECT_FALSE((*lowering("FROM base\nENTRYPOINT [\"e\"]\n")).images.front().config.config.cmd);
  EXPECT_TRUE((*lowering("FROM base\nCMD [\"c\"]\nENTRYPOINT [\"e\"]\n")).images.front().config.config.cmd);
  EXPECT_FALSE((*lowering("FROM base AS p\nCMD [\"c\"]\nFROM p\nENTRYPOINT [\"e\"]\n"))
                   .images.front()
                   .config.config.cmd);
}

TEST(Lower, CopyDestinationsAndSources) {
  Lowering lowering;
  lowering.options.context_dir = "/ctx";
  Plan plan =
      *lowering("FROM base AS s\nFROM base\nWORKDIR /w\nENV D=dir\nCOPY --from=s --chown=1:2 /x $D/\n");
  const auto& copy = only<CopyOp>(plan);
  EXPECT_EQ(copy.destination, "/w/dir/");
  EXPECT_EQ(copy.chown, "1:2");
  ASSERT_EQ(copy.sources.size(), 1u);
  EXPECT_THAT(copy.sources[0].paths, ElementsAre("/x"));
  EXPECT_EQ(plan.images.front().history.back().created_by, "COPY --chown=1:2 /x dir/ # buildkit");
  EXPECT_EQ(std::get_if<ImageOp>(&plan.ops[copy.sources[0].from].body)->image->name, "base");
}

TEST(Lower, AddKeepsTheOrderOfItsSources) {
  Lowering lowering;
  lowering.options.context_dir = "/ctx";
  Plan plan = *lowering(
      "FROM base\nADD --chmod=600 a b* https://h/x%5B1%5D.tar?y c https://u:p@h/r.git#v1:d <<EOF "
      "/d/\ntext\nEOF\n");
  const auto& add = only<CopyOp>(plan);
  ASSERT_EQ(add.sources.size(), 4u);
  EXPECT_THAT(add.sources[0].paths, ElementsAre("a", "b*"));
  EXPECT_TRUE(add.sources[0].unpack && add.sources[0].patterns);
  EXPECT_THAT(add.sources[1].paths, ElementsAre("x[1].tar"));
  EXPECT_FALSE(add.sources[1].unpack || add.sources[1].patterns);
  EXPECT_EQ(std::get<HttpOp>(plan.ops[add.sources[1].from].body).url, "https://h/x%5B1%5D.tar?y");
  EXPECT_THAT(add.sources[2].paths, ElementsAre("c"));
  EXPECT_EQ(add.sources[2].from, add.sources[0].from);
  const auto& git = std::get<GitOp>(plan.ops[add.sources[3].from].body);
  EXPECT_EQ(git.repository.subdir, "d");
  EXPECT_EQ(plan.ops[add.sources[3].from].name, "[internal] look up https://xxxxx@h/r.git#v1:d");
  EXPECT_EQ(add.inline_files.size(), 1u);
}

TEST(Lower, OnlyWhatIsAskedToIsUnpacked) {
  Lowering lowering;
  lowering.options.context_dir = "/ctx";
  EXPECT_FALSE(only<CopyOp>(*lowering("FROM base\nADD --unpack=false a.tar /\n")).sources[0].unpack);
  EXPECT_TRUE(only<CopyOp>(*lowering("FROM base\nADD --unpack https://h/a.tar /\n")).sources[0].unpack);
  EXPECT_FALSE(only<CopyOp>(*lowering("FROM base\nCOPY a.tar /\n")).sources[0].unpack);
}

TEST(Lower, NamedContextsMayBeEmptyOrRemote) {
  Lowering lowering;
  lowering.options.named_contexts = {{"none", "docker-image://scratch"}, {"far", "https://h/c.tar"}};
  lowering.options.stages.named_contexts = {"none", "far"};
  Plan plan = *lowering("FROM none\nCOPY --from=far x /\n");
  EXPECT_TRUE(lowering.images.asked.empty());
  const auto& copy = only<CopyOp>(plan);
  EXPECT_TRUE(std::holds_alternative<ScratchOp>(plan.ops[copy.rootfs].body));
  EXPECT_EQ(std::get<ContextOp>(plan.ops[copy.sources[0].from].body).location, "https://h/c.tar");
}

TEST(Lower, OnbuildTriggersRunFirstAndAreSpent) {
  Lowering lowering;
  lowering.images.images["base"].config.onbuild = {"RUN triggered", "ENV T=1"};
  Plan plan = *lowering("FROM base\nRUN own\n");
  EXPECT_EQ(plan.ops[1].name, "[2/3] ONBUILD RUN triggered");
  EXPECT_TRUE(plan.images.front().config.config.onbuild.empty());
  EXPECT_EQ(plan.images.front().config.config.get_env("T"), "1");
}

TEST(Lower, OnbuildTriggersBringStagesThatNothingElseNeeds) {
  Lowering lowering;
  lowering.images.images["base"].config.onbuild = {"COPY --from=assets /a /a"};
  lowering.images.images["other"];
  Plan plan = *lowering("FROM scratch AS seed\nFROM other AS assets\nRUN make\nFROM base\n");
  const auto& copy = only<CopyOp>(plan);
  EXPECT_TRUE(std::holds_alternative<RunOp>(plan.ops[copy.sources.front().from].body));
}

TEST(Lower, ErrorsNameTheLine) {
  Lowering lowering;
  auto check = [&](const std::string& text, unsigned line, const std::string& message) {
    Result<Plan> plan = lowering(text);
    ASSERT_FALSE(plan) << text;
    ASSERT_TRUE(plan.error().source()) << text;
    EXPECT_EQ(plan.error().source()->first, line) << text;
    EXPECT_THAT(plan.error().message(), HasSubstr(message));
  };
  check("FROM base\nEXPOSE x\n", 2, "invalid containerPort: x");
  check("FROM base\n\nSTOPSIGNAL SIGNOPE\n", 3, "Invalid signal: SIGNOPE");
  check("FROM missing\n", 1, "missing: not found");
  check("FROM base\nCOPY https://x/y /z\n", 2, "source can't be a URL for COPY");
  check("FROM base\nCOPY git@x:y /z\n", 2, "source can't be a git ref for COPY");
  check("FROM base\nADD https://x/y.git#--upload-pack=z /z\n", 2, "invalid ref");
  check("FROM base\nADD --checksum=sha256:ab a /z\n", 2, "checksum requires HTTP(S) or Git sources");
  check("FROM base\nADD --checksum=sha256:ab https://x/y https://x/z /\n", 2, "multiple sources");
  check("FROM base\nADD --keep-git-dir=false https://x/y.git?keep-git-dir /z\n", 2, "inconsistent");
  check("FROM base\nRUN --security=insecure x\n", 2, "insecure");
  check("FROM base\nRUN --network=host x\n", 2, "network.host is not allowed");
  check("FROM base\nENV A=${B:?needed}\n", 2, "needed");
  check("FROM base\nCOPY --from=gone /a /b\n", 2, "gone: not found");
}

TEST(Lower, WhatIsAllowedMayBeAskedFor) {
  Lowering lowering;
  lowering.options.allow = {"network.host", "security.insecure"};
  Plan plan = *lowering("FROM base\nRUN --network=host --security=insecure x\nRUN --security=sandbox y\n");
  EXPECT_TRUE(std::get<RunOp>(plan.ops[1].body).insecure);
  EXPECT_EQ(std::get<RunOp>(plan.ops[1].body).network, "host");
  EXPECT_FALSE(std::get<RunOp>(plan.ops[2].body).insecure);
}

TEST(Lower, EqualSourcesAreOneOp) {
  Lowering lowering;
  lowering.options.context_dir = "/ctx";
  Plan plan = *lowering("FROM base\nCOPY a /\nCOPY b /\nCOPY --from=base c /\n");
  int images = 0, contexts = 0;
  for (const Op& op : plan.ops) {
    images += std::holds_alternative<ImageOp>(op.body);
    contexts += std::holds_alternative<ContextOp>(op.body);
  }
  EXPECT_EQ(images, 1);
  EXPECT_EQ(contexts, 1);
}

TEST(Lower, PlatformsShareWhatIsTheSame) {
  FakeImages images;
  parser::ParseResult parsed =
      parser::parse(parser::Source("Dockerfile", R"(FROM --platform=$BUILDPLATFORM base AS tools
RUN make tools
FROM base
ARG TARGETARCH
COPY --from=tools /tool /tool
RUN echo $TARGETARCH
)"));
  std::vector<LowerTarget> targets;
  for (const char* name : {"linux/amd64", "linux/arm64"}) {
    LowerTarget target;
    target.options.build_platform = *oci::Platform::parse("linux/amd64");
    target.options.target_platform = *oci::Platform::parse(name);
    target.options.stages.platform_args = {{"BUILDPLATFORM", "linux/amd64"},
                                           {"TARGETARCH", target.options.target_platform.architecture}};
    target.graph = parser::resolve_stages(parsed.dockerfile, target.options.stages).graph;
    targets.push_back(std::move(target));
  }
  Result<Plan> plan = lower_platforms(parsed.dockerfile, targets, images, [](Notice) {});
  ASSERT_TRUE(plan) << plan.error().message();
  ASSERT_EQ(plan->images.size(), 2u);
  EXPECT_EQ(plan->images[0].config.platform.str(), "linux/amd64");
  EXPECT_EQ(plan->images[1].config.platform.str(), "linux/arm64");
  std::vector<std::string> runs;
  for (const Op& op : plan->ops)
    if (std::holds_alternative<RunOp>(op.body)) runs.push_back(op.name);
  EXPECT_THAT(runs, testing::ElementsAre("[linux/amd64 tools 2/2] RUN make tools",
                                         "[linux/amd64 stage-1 2/2] RUN echo $TARGETARCH",
                                         "[linux/arm64 stage-1 3/3] RUN echo $TARGETARCH"));
}

}  // namespace
}  // namespace mbuild::builder
