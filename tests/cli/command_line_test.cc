#include "cli/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "cli/commands.h"
#include "tests/support/temp_dir.h"

namespace mbuild::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class CommandLineTest : public testing::Test {
 protected:
  // Parses, and keeps what is printed meanwhile.
  std::optional<int> parse(std::vector<std::string> words) {
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const std::optional<int> code = line_.parse(std::move(words));
    output_ = testing::internal::GetCapturedStdout();
    errors_ = testing::internal::GetCapturedStderr();
    return code;
  }

  // What is said of the words; empty when they are taken.
  std::string refusal(std::vector<std::string> words) {
    const std::optional<int> code = parse(std::move(words));
    if (!code) return "";
    EXPECT_EQ(*code, usage);
    EXPECT_EQ(output_, "");
    const std::string end = "\nTry `mbuild test --help`.\n";
    EXPECT_TRUE(errors_.starts_with("mbuild: ") && errors_.ends_with(end)) << errors_;
    return errors_.substr(8, errors_.size() - 8 - end.size());
  }

  CommandLine line_{"Test.", "mbuild test"};
  std::string output_, errors_;
};

TEST_F(CommandLineTest, EveryKindOfValueIsBound) {
  std::string text = "before", untouched = "before";
  int number = 0;
  unsigned count = 0;
  std::int64_t large = 0;
  std::uint64_t larger = 0;
  double fraction = 0;
  std::vector<std::string> values;
  line_.add_option("-t,--text", text, "");
  line_.add_option("--untouched", untouched, "");
  line_.add_option("--number", number, "");
  line_.add_option("--count", count, "");
  line_.add_option("--large", large, "");
  line_.add_option("--larger", larger, "");
  line_.add_option("--fraction", fraction, "");
  line_.add_option("--value", values, "");
  ASSERT_EQ(refusal({"-t", "a b", "--number=-3", "--count", "4", "--large", "-5000000000", "--larger",
                     "18446744073709551615", "--fraction", "1.5", "--value", "[x,y]", "--value=k=v"}),
            "");
  EXPECT_EQ(text, "a b");
  EXPECT_EQ(untouched, "before");
  EXPECT_EQ(number, -3);
  EXPECT_EQ(count, 4u);
  EXPECT_EQ(large, -5'000'000'000);
  EXPECT_EQ(larger, 18'446'744'073'709'551'615u);
  EXPECT_EQ(fraction, 1.5);
  EXPECT_THAT(values, ElementsAre("[x,y]", "k=v"));
}

TEST_F(CommandLineTest, ValuesThatAreNoneOfTheirKindAreRefused) {
  unsigned count = 0;
  std::uint64_t larger = 0;
  line_.add_option("--count", count, "").type_name("N");
  line_.add_option("--larger", larger, "");
  EXPECT_EQ(refusal({"--count", "x"}), "Could not convert: --count = x");
  EXPECT_EQ(refusal({"--count", "-1"}), "Could not convert: --count = -1");
  EXPECT_EQ(refusal({"--larger", "1e3"}), "Could not convert: --larger = 1e3");
  EXPECT_EQ(refusal({"--count"}), "--count: 1 required N missing");
}

TEST_F(CommandLineTest, OnlyAnOptionForSeveralValuesMayBeRepeated) {
  std::string once;
  std::vector<std::string> values;
  line_.add_option("--once", once, "");
  line_.add_option("--value", values, "");
  EXPECT_EQ(refusal({"--once", "a", "--once", "b"}), "--once: At Most 1 required but received 2");
  EXPECT_EQ(refusal({"--value", "a", "--value", "b"}), "");
  EXPECT_THAT(values, ElementsAre("a", "b"));
  EXPECT_EQ(refusal({"--value", "a", "b"}), "The following argument was not expected: b");
}

TEST_F(CommandLineTest, ArgumentsAreFilledInTheirOrder) {
  std::string first;
  std::vector<std::string> rest;
  line_.add_option("FIRST", first, "").required();
  line_.add_option("REST", rest, "");
  EXPECT_EQ(refusal({}), "FIRST is required");
  ASSERT_EQ(refusal({"a", "b", "--", "-c"}), "");
  EXPECT_EQ(first, "a");
  EXPECT_THAT(rest, ElementsAre("b", "-c"));
  EXPECT_EQ(refusal({"a", "--unknown"}), "The following argument was not expected: --unknown");
}

TEST_F(CommandLineTest, ArgumentsHaveANumber) {
  std::vector<std::string> values;
  line_.add_option("VALUE", values, "").expected(0, 2);
  EXPECT_EQ(refusal({}), "");
  EXPECT_EQ(refusal({"a", "b"}), "");
  EXPECT_EQ(refusal({"a", "b", "c"}), "VALUE: At Most 2 required but received 3");
}

TEST_F(CommandLineTest, FlagsAreSetAndCleared) {
  bool quiet = false, push = true, other = false;
  line_.add_flag("-q,--quiet", quiet, "");
  line_.add_flag("--push,!--no-push", push, "");
  line_.add_flag("--other", other, "");
  ASSERT_EQ(refusal({"-q", "-q", "--no-push"}), "");
  EXPECT_TRUE(quiet);
  EXPECT_FALSE(push);
  EXPECT_FALSE(other);
  ASSERT_EQ(refusal({"--quiet", "--quiet=false", "--push"}), "");
  EXPECT_FALSE(quiet);
  EXPECT_TRUE(push);
  EXPECT_EQ(refusal({"--quiet=maybe"}), "Could not convert: --quiet = maybe");
}

TEST_F(CommandLineTest, OptionsNeedAndExcludeEachOther) {
  bool raw = false, config = false, layers = false;
  const Option raw_option = line_.add_flag("--raw", raw, "");
  line_.add_flag("--config", config, "").needs(raw_option);
  line_.add_flag("--layers", layers, "").excludes(raw_option);
  EXPECT_EQ(refusal({"--config"}), "--config requires --raw");
  EXPECT_FALSE(raw_option.given());
  EXPECT_EQ(refusal({"--raw", "--config"}), "");
  EXPECT_TRUE(raw_option.given());
  EXPECT_EQ(refusal({"--raw", "--layers"}), "--raw excludes --layers");
  EXPECT_EQ(refusal({"--layers"}), "");
}

TEST_F(CommandLineTest, ValuesAreWithinWhatIsAllowed) {
  const test::TempDir folder;
  std::string mode, directory;
  int indent = 0;
  unsigned parallel = 0;
  std::uint64_t rate = 0;
  line_.add_option("--mode", mode, "").one_of({"one", "other"});
  line_.add_option("--indent", indent, "").range(-1, 16);
  line_.add_option("--parallel", parallel, "").range(1u, 64u);
  line_.add_option("--directory", directory, "").existing_directory();
  line_.add_option("--rate", rate, "").bytes();
  ASSERT_EQ(refusal({"--mode", "other", "--indent", "-1", "--parallel", "64", "--directory", folder.str(),
                     "--rate", "10k"}),
            "");
  EXPECT_EQ(rate, 10'000u);
  ASSERT_EQ(refusal({"--rate", "10 Ki"}), "");
  EXPECT_EQ(rate, 10'240u);
  EXPECT_EQ(refusal({"--mode", "third"}), "--mode: third not in {one,other}");
  EXPECT_EQ(refusal({"--indent", "17"}), "--indent: Value 17 not in range -1 to 16");
  EXPECT_EQ(refusal({"--parallel", "0"}), "--parallel: Value 0 not in range 1 to 64");
  EXPECT_EQ(refusal({"--directory", "/does/not/exist"}),
            "--directory: Directory does not exist: /does/not/exist");
  EXPECT_THAT(refusal({"--rate", "10x"}), HasSubstr("--rate: x unit not recognized"));
  EXPECT_NE(refusal({"--rate", "-1"}), "");
}

TEST_F(CommandLineTest, TheEnvironmentGivesWhatNoOptionDoes) {
  std::string mode;
  line_.add_option("--mode", mode, "").environment("MBUILD_TEST_MODE");
  setenv("MBUILD_TEST_MODE", "environment", 1);
  ASSERT_EQ(refusal({}), "");
  EXPECT_EQ(mode, "environment");
  ASSERT_EQ(refusal({"--mode", "option"}), "");
  EXPECT_EQ(mode, "option");
  unsetenv("MBUILD_TEST_MODE");
}

TEST_F(CommandLineTest, RefusedOptionsAreRefusedByName) {
  line_.add_refused_option("-b,--builder", "there is none");
  EXPECT_EQ(refusal({"--builder", "x", "--unknown"}), "--builder: there is none");
  EXPECT_EQ(refusal({"-bx"}), "--builder: there is none");
  EXPECT_EQ(refusal({}), "");
}

TEST_F(CommandLineTest, IgnoredOptionsAreToldOnce) {
  int flags = 0, options = 0;
  line_.add_ignored_flag("--rm", [&flags] { ++flags; });
  line_.add_ignored_option("--retry", [&options] { ++options; });
  ASSERT_EQ(refusal({}), "");
  EXPECT_EQ(flags + options, 0);
  ASSERT_EQ(refusal({"--rm", "--rm=false", "--retry", "1", "--retry=2"}), "");
  EXPECT_EQ(flags, 1);
  EXPECT_EQ(options, 1);
  EXPECT_EQ(refusal({"--rm=maybe"}), "Could not convert: --rm = maybe");
  EXPECT_EQ(refusal({"--retry", "1", "2"}), "The following argument was not expected: 2");
}

TEST_F(CommandLineTest, OneSubcommandIsChosen) {
  std::string root, id;
  line_.fallthrough();
  line_.add_option("--root", root, "");
  CommandLine show = line_.add_subcommand("show", "Show.");
  show.add_option("ID", id, "");
  const CommandLine drop = line_.add_subcommand("drop", "Drop.");
  EXPECT_EQ(refusal({}), "A subcommand is required");
  ASSERT_EQ(refusal({"show", "x", "--root", "/r"}), "");
  EXPECT_TRUE(show.chosen());
  EXPECT_FALSE(drop.chosen());
  EXPECT_EQ(id, "x");
  EXPECT_EQ(root, "/r");
  ASSERT_EQ(parse({"show", "--help"}), ok);
  EXPECT_THAT(output_, HasSubstr("Usage: mbuild test show [OPTIONS] [ID]"));
}

TEST_F(CommandLineTest, WithoutFallthroughASubcommandHasItsOwnOptionsAlone) {
  std::string root;
  line_.add_option("--root", root, "");
  line_.add_subcommand("show", "Show.");
  EXPECT_EQ(refusal({"show", "--root", "/r"}), "The following arguments were not expected: /r --root");
}

TEST_F(CommandLineTest, HelpTellsOfWhatIsListed) {
  std::string mode, image;
  bool quiet = false;
  line_.add_option("IMAGE", image, "Which").required();
  line_.add_option("--mode", mode, "How").type_name("MODE").one_of({"one", "other"}).group("Ways");
  line_.add_flag("-q,--quiet", quiet, "Say nothing");
  line_.add_refused_option("--builder", "there is none");
  line_.add_ignored_flag("--rm", [] {});
  line_.add_ignored_option("--retry", [] {});
  line_.footer("The end.");
  // Even when something is missing.
  ASSERT_EQ(parse({"--help"}), ok);
  EXPECT_EQ(errors_, "");
  EXPECT_EQ(output_,
            "Test.\n"
            "Usage: mbuild test [OPTIONS] IMAGE\n"
            "\n"
            "Positionals:\n"
            "  IMAGE TEXT REQUIRED         Which\n"
            "\n"
            "Options:\n"
            "  -h,--help                   Print this help message and exit\n"
            "  -q,--quiet                  Say nothing\n"
            "\n"
            "\n"
            "Ways:\n"
            "  --mode MODE:{one,other}     How\n"
            "\n"
            "\n"
            "The end.\n");
}

}  // namespace
}  // namespace mbuild::cli
