// Each instruction's arguments, flags and errors.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "parser/parse.h"

namespace mbuild::parser {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct Read {
  // Reads one instruction as the second of a file.
  explicit Read(const std::string& text, const std::string& top = "")
      : result(parse(Source("Dockerfile", top + "FROM base\n" + text))) {}

  std::vector<std::string> codes() const {
    std::vector<std::string> codes;
    for (const Diagnostic& diagnostic : result.diagnostics) codes.push_back(diagnostic.code);
    return codes;
  }
  const Instruction& instruction() const { return result.dockerfile.instructions.at(1); }
  template <typename Body>
  const Body& body() const {
    return std::get<Body>(instruction().body);
  }
  std::string_view source(Range range) const { return result.dockerfile.source.text(range); }

  ParseResult result;
};

std::string message(const std::string& text) {
  Read read(text);
  return read.result.diagnostics.empty() ? "" : read.result.diagnostics[0].message;
}
// The code of the first problem and the text it points at.
std::string problem(const std::string& text) {
  Read read(text);
  if (read.result.diagnostics.empty()) return "";
  const Diagnostic& diagnostic = read.result.diagnostics[0];
  return diagnostic.code + ": " + std::string(read.source(diagnostic.range));
}

std::vector<std::string> texts(const std::vector<Word>& words) {
  std::vector<std::string> result;
  for (const Word& word : words) result.push_back(word.text);
  return result;
}
std::vector<std::string> texts(const std::vector<KeyValue>& pairs) {
  std::vector<std::string> result;
  for (const KeyValue& pair : pairs)
    result.push_back(pair.key.text + (pair.value ? "=" + pair.value->text : ""));
  return result;
}

TEST(ParseFrom, Forms) {
  Read read("FROM --platform=$BUILDPLATFORM a:1@sha256:x aS Build");
  const auto& from = read.body<FromInstruction>();
  EXPECT_EQ(from.image.text, "a:1@sha256:x");
  EXPECT_EQ(from.stage_name->text, "Build");
  EXPECT_EQ(read.source(from.stage_name->range), "Build");
  EXPECT_EQ(read.source(from.as_range), "aS");
  EXPECT_EQ(from.platform->text, "$BUILDPLATFORM");
  EXPECT_EQ(read.source(from.platform->range), "$BUILDPLATFORM");
  EXPECT_FALSE(Read("FROM a").body<FromInstruction>().stage_name);
  EXPECT_FALSE(Read("FROM --platform= a").body<FromInstruction>().platform);
}

TEST(ParseFrom, Errors) {
  EXPECT_EQ(problem("FROM"), "invalid-from: FROM");
  EXPECT_EQ(problem("FROM a b"), "invalid-from: a b");
  EXPECT_EQ(problem("FROM a is b"), "invalid-from: a is b");
  EXPECT_EQ(problem("FROM a AS b c"), "invalid-from: c");
  EXPECT_EQ(problem("FROM --plattform=x a"), "unknown-flag: --plattform=x");
  EXPECT_EQ(message("FROM --plattform=x a"), "unknown flag: --plattform (did you mean platform?)");
}

TEST(ParseFlags, Errors) {
  EXPECT_EQ(message("COPY --form=a b c"), "unknown flag: --form (did you mean from?)");
  EXPECT_EQ(problem("COPY --from=a --from=b c d"), "duplicate-flag: --from=b");
  EXPECT_EQ(problem("COPY --from a b"), "missing-flag-value: --from");
  EXPECT_EQ(problem("COPY --link= a b"), "missing-flag-value: --link=");
  EXPECT_EQ(message("COPY --link=yes a b"), "expecting boolean value for flag link, not: yes");
  EXPECT_EQ(problem("WORKDIR --x /a"), "unknown-flag: --x");
  EXPECT_THAT(Read("COPY --form=a --link=1 b").codes(),
              ElementsAre("missing-arguments", "unknown-flag", "invalid-boolean-flag"));
}

TEST(ParseFlags, AFixChangesTheName) {
  Read read("COPY --form=a b c");
  const TextEdit& edit = read.result.diagnostics[0].fixes.at(0).edits.at(0);
  EXPECT_EQ(read.source(edit.range), "form");
  EXPECT_EQ(edit.text, "from");
}

TEST(ParseFlags, SomeInstructionsIgnoreThem) {
  EXPECT_THAT(Read("ARG --x a").codes(), IsEmpty());
  EXPECT_THAT(Read("STOPSIGNAL --x 9").codes(), IsEmpty());
  EXPECT_THAT(Read("HEALTHCHECK --x NONE").codes(), IsEmpty());
  EXPECT_EQ(Read("ARG --x a").body<ArgInstruction>().arguments.at(0).key.text, "a");
}

TEST(ParseFlags, AreKeptAsWritten) {
  Read read("RUN --mount=\"type=bind,target=/a b\" --network=none x");
  ASSERT_EQ(read.instruction().flags.size(), 2u);
  const Flag& mount = read.instruction().flags[0];
  EXPECT_EQ(mount.name, "mount");
  EXPECT_EQ(*mount.value, "type=bind,target=/a b");
  EXPECT_EQ(read.source(mount.range), "--mount=\"type=bind,target=/a b\"");
  EXPECT_EQ(read.source(mount.value_range), "\"type=bind,target=/a b\"");
}

TEST(ParseNames, Env) {
  const Read read("ENV a=b c=\"d e\" f=g\\ h i=");
  EXPECT_THAT(texts(read.body<EnvInstruction>().variables), ElementsAre("a=b", "c=\"d e\"", "f=g\\ h", "i="));
  EXPECT_FALSE(read.body<EnvInstruction>().legacy_form);
  EXPECT_EQ(read.source(read.body<EnvInstruction>().variables[1].value->range), "\"d e\"");
}

TEST(ParseNames, LegacyForm) {
  const Read read("ENV name  a b=c \"d\"  ");
  EXPECT_TRUE(read.body<EnvInstruction>().legacy_form);
  EXPECT_THAT(texts(read.body<EnvInstruction>().variables), ElementsAre("name=a b=c \"d\""));
  EXPECT_TRUE(Read("LABEL a b").body<LabelInstruction>().legacy_form);
}

TEST(ParseNames, Arg) {
  EXPECT_THAT(texts(Read("ARG a b=c d=").body<ArgInstruction>().arguments), ElementsAre("a", "b=c", "d="));
}

TEST(ParseNames, TheEscapeDirectiveCounts) {
  EXPECT_THAT(texts(Read("ENV a=b` c=d\\ e=f", "# escape=`\n").body<EnvInstruction>().variables),
              ElementsAre("a=b` c=d\\", "e=f"));
}

TEST(ParseNames, Errors) {
  EXPECT_EQ(message("ENV"), "ENV requires at least one argument");
  EXPECT_EQ(message("LABEL"), "LABEL requires at least one argument");
  EXPECT_EQ(message("ARG"), "ARG requires at least one argument");
  EXPECT_EQ(message("ENV a"), "ENV must have two arguments: write ENV name=value");
  EXPECT_EQ(message("ENV a=b c"), "Syntax error - can't find = in \"c\". Must be of the form: name=value");
  EXPECT_EQ(problem("ENV a=b c d=e"), "invalid-name-value: c");
  EXPECT_EQ(message("ENV =b"), "ENV names can not be blank");
  EXPECT_EQ(message("ARG =b"), "ARG names can not be blank");
  EXPECT_EQ(problem("LABEL a=b =c"), "blank-name: =c");
}

TEST(ParseCommands, ExecAndShellForm) {
  EXPECT_TRUE(Read("RUN [\"a\", \"b c\"]").body<RunInstruction>().command.exec_form);
  EXPECT_THAT(Read("RUN [\"a\", \"b c\"]").body<RunInstruction>().command.words, ElementsAre("a", "b c"));
  EXPECT_FALSE(Read("RUN a  b ").body<RunInstruction>().command.exec_form);
  EXPECT_THAT(Read("RUN a  b ").body<RunInstruction>().command.words, ElementsAre("a  b"));
  EXPECT_THAT(Read("RUN [\"a\"] b").body<RunInstruction>().command.words, ElementsAre("[\"a\"] b"));
  EXPECT_THAT(Read("ENTRYPOINT ['a']").body<EntrypointInstruction>().command.words, ElementsAre("['a']"));
  EXPECT_TRUE(Read("CMD []").body<CmdInstruction>().command.exec_form);
  EXPECT_THAT(Read("CMD []").body<CmdInstruction>().command.words, IsEmpty());
}

TEST(ParseCommands, Errors) {
  EXPECT_EQ(message("RUN"), "RUN requires at least one argument");
  EXPECT_EQ(message("RUN []"), "RUN requires at least one argument");
  EXPECT_EQ(message("SHELL []"), "SHELL requires at least one argument");
  EXPECT_EQ(problem("SHELL a b"), "json-required: a b");
  EXPECT_EQ(
      message("CMD [\"a\", 1]"),
      "when using JSON array syntax, arrays must be comprised of strings only: put the others in quotes");
  EXPECT_EQ(problem("RUN --network=x a"), "invalid-network-mode: x");
  EXPECT_EQ(problem("RUN --security=x a"), "invalid-security-mode: x");
}

TEST(ParseCommands, AnEmptyOneIsOnlyWarnedOf) {
  Read read("CMD");
  EXPECT_TRUE(read.result.ok());
  EXPECT_THAT(read.codes(), ElementsAre("empty-command"));
  EXPECT_THAT(read.body<CmdInstruction>().command.words, ElementsAre(""));
}

TEST(ParseRun, Flags) {
  const Read read(
      "RUN --mount=type=cache,target=/a --network=none --mount=target=/b --security=insecure --device=x y");
  const auto& run = read.body<RunInstruction>();
  EXPECT_THAT(texts(run.mounts), ElementsAre("type=cache,target=/a", "target=/b"));
  EXPECT_EQ(run.network->text, "none");
  EXPECT_EQ(run.security->text, "insecure");
  EXPECT_THAT(texts(run.devices), ElementsAre("x"));
  EXPECT_THAT(run.command.words, ElementsAre("y"));
}

TEST(ParseRun, Heredocs) {
  const Read read("RUN <<A cat - 3<<-'B'\n# x\nA\n\ty\n\tB\nCMD z\n");
  const auto& run = read.body<RunInstruction>();
  EXPECT_THAT(run.command.words, ElementsAre("<<A cat - 3<<-'B'"));
  ASSERT_EQ(run.heredocs.size(), 2u);
  EXPECT_EQ(run.heredocs[0].body, "# x\n");
  EXPECT_TRUE(run.heredocs[0].expand);
  EXPECT_EQ(run.heredocs[1].descriptor, "3");
  EXPECT_TRUE(run.heredocs[1].strip_tabs);
  EXPECT_FALSE(run.heredocs[1].expand);
  EXPECT_EQ(run.heredocs[1].body, "\ty\n");
  EXPECT_EQ(read.source(run.heredocs[1].range), "3<<-'B'");
  EXPECT_EQ(read.source(read.instruction().range), "RUN <<A cat - 3<<-'B'\n# x\nA\n\ty\n\tB");
  EXPECT_EQ(read.result.dockerfile.instructions.at(2).keyword, "CMD");
}

TEST(ParseRun, NoHeredocInJsonForm) {
  EXPECT_THAT(Read("RUN [\"<<EOF\"]").body<RunInstruction>().heredocs, IsEmpty());
  EXPECT_EQ(Read("RUN [\"a\"] <<EOF\nEOF").body<RunInstruction>().heredocs.size(), 1u);
  EXPECT_THAT(Read("USER <<EOF").codes(), IsEmpty());
}

TEST(ParseCopy, WordsAndJson) {
  const auto copy = Read("COPY a  \"b c\" /d/").body<CopyInstruction>();
  EXPECT_THAT(texts(copy.sources), ElementsAre("a", "\"b", "c\""));
  EXPECT_EQ(copy.destination.text, "/d/");
  EXPECT_FALSE(copy.json_form);
  const Read read("ADD [\"a b\", \"c\\\\d\",\n \"/e\"]");
  EXPECT_EQ(problem("ADD [\"a\", 2]"), "invalid-json-array: [\"a\", 2]");
  const Read json("ADD [\"a b\", \"c\\\\d\", \"/e\"]");
  EXPECT_THAT(texts(json.body<CopyInstruction>().sources), ElementsAre("a b", "c\\d"));
  EXPECT_EQ(json.source(json.body<CopyInstruction>().sources[1].range), "\"c\\\\d\"");
  EXPECT_TRUE(json.body<CopyInstruction>().json_form);
  EXPECT_TRUE(json.body<CopyInstruction>().add);
}

TEST(ParseCopy, Flags) {
  const auto copy =
      Read("COPY --from=x --chown=1:2 --chmod=755 --link --parents=false --exclude=a --exclude=b c d")
          .body<CopyInstruction>();
  EXPECT_EQ(copy.from->text, "x");
  EXPECT_EQ(copy.chown->text, "1:2");
  EXPECT_EQ(copy.chmod->text, "755");
  EXPECT_TRUE(copy.link);
  EXPECT_FALSE(copy.parents);
  EXPECT_THAT(texts(copy.exclude), ElementsAre("a", "b"));
  const auto add = Read("ADD --checksum=sha256:x --keep-git-dir --unpack=FALSE a b").body<CopyInstruction>();
  EXPECT_EQ(add.checksum->text, "sha256:x");
  EXPECT_EQ(add.keep_git_dir, true);
  EXPECT_EQ(add.unpack, false);
  EXPECT_EQ(problem("ADD --from=x a b"), "unknown-flag: --from=x");
  EXPECT_EQ(problem("COPY --unpack a b"), "unknown-flag: --unpack");
}

TEST(ParseCopy, Arity) {
  EXPECT_EQ(message("COPY a"),
            "COPY requires at least two arguments, but only one was provided. Destination could not be "
            "determined.");
  EXPECT_EQ(problem("ADD"), "missing-arguments: ADD");
  EXPECT_EQ(problem("COPY [\"a\"]"), "missing-arguments: COPY [\"a\"]");
}

TEST(ParseCopy, Heredocs) {
  const Read read("COPY a <<X b <<\"Y Z\" /d\n1\nX\n2\nY Z\n");
  const auto& copy = read.body<CopyInstruction>();
  EXPECT_THAT(texts(copy.sources), ElementsAre("a", "b"));
  EXPECT_EQ(copy.destination.text, "/d");
  ASSERT_EQ(copy.heredocs.size(), 2u);
  EXPECT_EQ(copy.heredocs[0].body, "1\n");
  EXPECT_EQ(copy.heredocs[1].name, "Y Z");
  EXPECT_FALSE(copy.heredocs[1].expand);
  EXPECT_EQ(problem("COPY a <<X\nX"), "heredoc-destination: <<X");
  EXPECT_EQ(problem("COPY <<X <<Y\nX\nY"), "heredoc-destination: <<Y");
  EXPECT_EQ(problem("COPY <<X\nX"), "missing-arguments: COPY <<X");
}

TEST(ParseValues, OneArgument) {
  EXPECT_EQ(Read("WORKDIR /a b ").body<WorkdirInstruction>().path.text, "/a b");
  EXPECT_EQ(Read("USER a:b").body<UserInstruction>().user.text, "a:b");
  EXPECT_EQ(Read("STOPSIGNAL SIGINT").body<StopSignalInstruction>().signal.text, "SIGINT");
  EXPECT_EQ(Read("MAINTAINER a <b@c>").body<MaintainerInstruction>().name.text, "a <b@c>");
  for (std::string keyword : {"WORKDIR", "USER", "STOPSIGNAL", "MAINTAINER"})
    EXPECT_EQ(message(keyword), keyword + " requires exactly one argument");
}

TEST(ParseValues, ExposeAndVolume) {
  EXPECT_THAT(texts(Read("EXPOSE 80/tcp  $P").body<ExposeInstruction>().ports), ElementsAre("80/tcp", "$P"));
  EXPECT_THAT(texts(Read("VOLUME /a /b").body<VolumeInstruction>().paths), ElementsAre("/a", "/b"));
  EXPECT_THAT(texts(Read("VOLUME [\" /a \", \"/b c\"]").body<VolumeInstruction>().paths),
              ElementsAre("/a", "/b c"));
  EXPECT_EQ(message("EXPOSE"), "EXPOSE requires at least one argument");
  EXPECT_EQ(message("VOLUME []"), "VOLUME requires at least one argument");
  EXPECT_EQ(problem("VOLUME [\"/a\", \" \"]"), "empty-volume: \" \"");
}

TEST(ParseHealthcheck, Forms) {
  EXPECT_TRUE(Read("HEALTHCHECK none").body<HealthcheckInstruction>().none);
  const Read read(
      "HEALTHCHECK --interval=5m --timeout=3s --start-period=0s --start-interval=1.5s --retries=3 cmd curl "
      "-f x");
  const auto& check = read.body<HealthcheckInstruction>();
  EXPECT_EQ(check.interval, 300'000'000'000);
  EXPECT_EQ(check.timeout, 3'000'000'000);
  EXPECT_EQ(check.start_period, 0);
  EXPECT_EQ(check.start_interval, 1'500'000'000);
  EXPECT_EQ(check.retries, 3);
  EXPECT_THAT(check.command.words, ElementsAre("curl -f x"));
  EXPECT_EQ(read.source(check.command.range), "curl -f x");
  EXPECT_TRUE(Read("HEALTHCHECK CMD [\"a\"]").body<HealthcheckInstruction>().command.exec_form);
}

TEST(ParseHealthcheck, Errors) {
  EXPECT_EQ(problem("HEALTHCHECK"), "missing-arguments: HEALTHCHECK");
  EXPECT_EQ(message("HEALTHCHECK NONE x"), "HEALTHCHECK NONE takes no arguments");
  EXPECT_EQ(message("HEALTHCHECK curl"), "Unknown type \"CURL\" in HEALTHCHECK (try CMD)");
  EXPECT_EQ(message("HEALTHCHECK CMD"), "missing command after HEALTHCHECK CMD");
  EXPECT_EQ(message("HEALTHCHECK CMD []"), "missing command after HEALTHCHECK CMD");
  EXPECT_EQ(message("HEALTHCHECK --interval=50ns CMD a"), "Interval \"interval\" cannot be less than 1ms");
  EXPECT_EQ(problem("HEALTHCHECK --timeout=-1s CMD a"), "invalid-duration: -1s");
  EXPECT_EQ(problem("HEALTHCHECK --timeout=5 CMD a"), "invalid-duration: 5");
  EXPECT_EQ(message("HEALTHCHECK --retries=-1 CMD a"), "--retries cannot be negative (-1)");
  EXPECT_EQ(problem("HEALTHCHECK --retries=x CMD a"), "invalid-retries: x");
  EXPECT_THAT(Read("HEALTHCHECK --interval=1 --retries=x --foo=1 CMD a").codes().size(), 3u);
}

TEST(ParseOnbuild, KeepsTheTriggerAndItsMeaning) {
  const Read read("ONBUILD  copy --from=x a /b \nRUN y");
  const auto& onbuild = read.body<OnbuildInstruction>();
  EXPECT_EQ(onbuild.trigger, "copy --from=x a /b ");
  ASSERT_NE(onbuild.inner, nullptr);
  EXPECT_EQ(onbuild.inner->keyword, "COPY");
  EXPECT_EQ(read.source(onbuild.inner->keyword_range), "copy");
  EXPECT_EQ(std::get<CopyInstruction>(onbuild.inner->body).from->text, "x");
  EXPECT_EQ(onbuild.inner->original, "copy --from=x a /b ");
}

TEST(ParseOnbuild, HeredocsAreAppended) {
  const Read read("ONBUILD RUN <<A cat <<-B\n1\nA\n\t2\n\tB\nRUN y");
  EXPECT_EQ(read.body<OnbuildInstruction>().trigger, "RUN <<A cat <<-B\n1\nA\n\t2\nB");
  EXPECT_EQ(std::get<RunInstruction>(read.body<OnbuildInstruction>().inner->body).heredocs.size(), 2u);
  EXPECT_TRUE(parse_trigger(read.body<OnbuildInstruction>().trigger).ok());
}

TEST(ParseOnbuild, ReadsItsTriggerWithABackslash) {
  const Read read("ONBUILD ENV a=b\\ c", "# escape=`\n");
  const auto& inner = *read.body<OnbuildInstruction>().inner;
  EXPECT_THAT(texts(std::get<EnvInstruction>(inner.body).variables), ElementsAre("a=b\\ c"));
}

TEST(ParseOnbuild, Errors) {
  EXPECT_EQ(message("ONBUILD"), "ONBUILD requires at least one argument");
  EXPECT_EQ(message("ONBUILD ONBUILD RUN a"), "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed");
  EXPECT_EQ(message("ONBUILD from a"), "FROM isn't allowed as an ONBUILD trigger");
  EXPECT_EQ(problem("ONBUILD MAINTAINER a"), "onbuild-not-allowed: MAINTAINER");
  EXPECT_EQ(message("ONBUILD CPOY a b"), "unknown instruction: CPOY (did you mean COPY?)");
  EXPECT_EQ(problem("ONBUILD COPY a"), "missing-arguments: COPY a");
  EXPECT_EQ(problem("ONBUILD --x RUN a"), "unknown-flag: --x");
}

TEST(ParseRanges, OfWordsInsideContinuations) {
  const Read read("COPY --ch\\\nown=a \\\n # c\n  fo\\\no \\\n  /b");
  const auto& copy = read.body<CopyInstruction>();
  EXPECT_EQ(copy.chown->text, "a");
  EXPECT_EQ(copy.sources.at(0).text, "foo");
  EXPECT_EQ(read.source(copy.sources.at(0).range), "fo\\\no");
  EXPECT_EQ(read.source(copy.destination.range), "/b");
  EXPECT_EQ(read.source(read.instruction().flags.at(0).range), "--ch\\\nown=a");
}

}  // namespace
}  // namespace mbuild::parser
