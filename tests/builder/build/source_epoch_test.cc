#include "builder/build/source_epoch.h"

#include <gtest/gtest.h>

#include "parser/parse.h"
#include "tests/support/fake_time.h"
#include "tests/support/fake_transport.h"
#include "tests/support/result_matchers.h"
#include "tests/support/temp_dir.h"

namespace mbuild::builder {
namespace {

using test::FailsWith;
using test::must;

class FilesOfATime final : public SourceFiles {
 public:
  explicit FilesOfATime(std::int64_t time) : time_(time) {}
  Result<std::string> version() override { return std::string(); }
  Result<SourceTree> open() override { return fail(ErrorKind::internal, "opened"); }
  Result<std::optional<std::int64_t>> time() override { return time_; }

 private:
  std::int64_t time_;
};

class SourceEpochTest : public testing::Test {
 protected:
  SourceEpochTest()
      : downloads_(must(Downloads::open(store_.str(), blobs_, transport_, time_))),
        fetcher_(SourceFetcherOptions{}, downloads_, blobs_) {}

  Result<SourceEpoch> find(const std::string& dockerfile, std::optional<std::string> argument = {}) {
    if (argument) options_.stages.build_args["SOURCE_DATE_EPOCH"] = *argument;
    const parser::ParseResult parsed = parser::parse(parser::Source("Dockerfile", dockerfile));
    EXPECT_TRUE(parsed.ok());
    return find_source_epoch(parsed.dockerfile, options_, {context_, fetcher_});
  }

  test::TempDir store_;
  oci::ContentStore blobs_ = must(oci::ContentStore::open(store_.str() + "/blobs"));
  test::FakeTime clock_;
  remote::TimeSource time_ = clock_.source();
  test::FakeTransport transport_{[](const remote::Request&, const std::string&) {
    remote::Headers headers;
    headers.set("Last-Modified", "Tue, 14 Nov 2023 22:13:20 GMT");
    return test::answer(200, "x", std::move(headers));
  }};
  Downloads downloads_;
  SourceFetcher fetcher_;
  SourceFiles* context_ = nullptr;
  LowerOptions options_;
};

constexpr const char* kPlain = "FROM scratch\nCOPY a /\n";

TEST_F(SourceEpochTest, Numbers) {
  EXPECT_EQ(must(find(kPlain)).seconds, std::nullopt);
  EXPECT_EQ(must(find("ARG SOURCE_DATE_EPOCH=5\nFROM scratch\n")).seconds, 5);
  EXPECT_EQ(must(find("ARG SOURCE_DATE_EPOCH=5\nFROM scratch\n", "7")).seconds, 7);
  EXPECT_FALSE(must(find(kPlain, "7")).word);
  EXPECT_EQ(must(find("ARG SOURCE_DATE_EPOCH=5\nFROM scratch\n", "")).seconds, std::nullopt);
  for (const char* text : {"-1", "253402300800", "99999999999999999999", "1.5", "nothing", " 1"})
    EXPECT_THAT(find(kPlain, text), FailsWith(ErrorKind::invalid_input, "invalid SOURCE_DATE_EPOCH")) << text;
}

TEST_F(SourceEpochTest, TheMainContext) {
  const SourceEpoch none = must(find(kPlain, "context"));
  EXPECT_TRUE(none.word);
  EXPECT_EQ(none.seconds, std::nullopt);
  FilesOfATime files(42), hostile(-1);
  context_ = &files;
  EXPECT_EQ(must(find(kPlain, "context")).seconds, 42);
  context_ = &hostile;
  EXPECT_THAT(find(kPlain, "context"), FailsWith(ErrorKind::invalid_input, "invalid SOURCE_DATE_EPOCH"));
}

TEST_F(SourceEpochTest, NamedContextsComeBeforeStages) {
  options_.named_contexts = {
      {"web", "https://h/a.tar"}, {"here", "/nonexistent"}, {"image", "docker-image://a"}};
  EXPECT_EQ(must(find("FROM alpine AS web\n", "web")).seconds, 1'700'000'000);
  for (const char* name : {"here", "image"}) {
    EXPECT_EQ(must(find(kPlain, name)).seconds, std::nullopt);
    EXPECT_TRUE(must(find(kPlain, name)).word);
  }
}

TEST_F(SourceEpochTest, StagesOfOneSource) {
  const std::string first = "FROM scratch AS Src\nARG name=f\nADD https://h/$name /\n";
  EXPECT_EQ(must(find(first + kPlain, "sRC")).seconds, 1'700'000'000);
  EXPECT_EQ(transport_.lines(), (std::vector<std::string>{"GET https://h/f"}));
  const auto fails = [&](const std::string& stage, const char* why) {
    EXPECT_THAT(find(stage + kPlain, "src"), FailsWith(ErrorKind::invalid_input, why)) << stage;
  };
  fails("FROM alpine AS src\nADD https://h/f /\n", "must use FROM scratch");
  fails("FROM scratch AS src\nCOPY f /\n", "does not meet source-only requirements: unsupported COPY");
  fails("FROM scratch AS src\nADD https://h/f /\nRUN x\n", "unsupported RUN instruction");
  fails("FROM scratch AS src\nADD https://h/f /\nADD https://h/f /\n", "exactly one remote ADD");
  fails("FROM scratch AS src\nADD https://h/f https://h/g /\n", "exactly one remote ADD");
  fails("FROM scratch AS src\nARG x\n", "exactly one remote ADD");
  fails("FROM scratch AS src\nADD local /\n", "single HTTP(S) or Git ADD");
}

TEST_F(SourceEpochTest, StepsSeeTheNumber) {
  options_.stages.build_args["SOURCE_DATE_EPOCH"] = "context";
  set_source_epoch({7, true}, options_);
  EXPECT_EQ(options_.stages.build_args.at("SOURCE_DATE_EPOCH"), "7");
  set_source_epoch({std::nullopt, true}, options_);
  EXPECT_FALSE(options_.stages.build_args.contains("SOURCE_DATE_EPOCH"));
}

}  // namespace
}  // namespace mbuild::builder
