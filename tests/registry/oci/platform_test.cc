#include "registry/oci/platform.h"

#include <algorithm>

#include "tests/support/result_matchers.h"

namespace mbuild::oci {
namespace {

using test::FailsWith;
using test::must;

struct Row {
  std::string text;
  std::string normalised;
};

class ParsedPlatform : public testing::TestWithParam<Row> {};

TEST_P(ParsedPlatform, IsNormalised) {
  const auto platform = Platform::parse(GetParam().text);
  ASSERT_TRUE(platform) << platform.error().message();
  EXPECT_EQ(platform->str(), GetParam().normalised);
  EXPECT_EQ(Platform::parse(platform->str())->str(), platform->str());
}

const std::string kHostSystem = Platform::host().os;
const std::string kHostArchitecture = Platform::host().architecture;

INSTANTIATE_TEST_SUITE_P(
    Containerd, ParsedPlatform,
    testing::Values(Row{"linux/amd64", "linux/amd64"}, Row{"linux/x86_64", "linux/amd64"},
                    Row{"linux/x86-64", "linux/amd64"}, Row{"linux/amd64/v1", "linux/amd64"},
                    Row{"linux/amd64/v2", "linux/amd64/v2"}, Row{"linux/arm64", "linux/arm64"},
                    Row{"linux/aarch64", "linux/arm64"}, Row{"linux/arm64/v8", "linux/arm64"},
                    Row{"linux/arm64/8", "linux/arm64"}, Row{"linux/arm64/v9", "linux/arm64/v9"},
                    Row{"linux/arm", "linux/arm/v7"}, Row{"linux/arm/v7", "linux/arm/v7"},
                    Row{"linux/arm/7", "linux/arm/v7"}, Row{"linux/arm/6", "linux/arm/v6"},
                    Row{"linux/arm/v5", "linux/arm/v5"}, Row{"linux/armhf", "linux/arm/v7"},
                    Row{"linux/armel", "linux/arm/v6"}, Row{"linux/i386", "linux/386"},
                    Row{"linux/386", "linux/386"}, Row{"LINUX/AMD64", "linux/amd64"},
                    Row{"macos/arm64", "darwin/arm64"}, Row{"linux/riscv64", "linux/riscv64"},
                    Row{"linux/anything", "linux/anything"},
                    Row{"windows(10.0.17763)/amd64", "windows/amd64"},
                    Row{"windows", "windows/" + kHostArchitecture}, Row{"arm64", kHostSystem + "/arm64"},
                    Row{"x86_64", kHostSystem + "/amd64"}, Row{"armhf", kHostSystem + "/arm/v7"},
                    Row{"s390x", kHostSystem + "/s390x"}));

class UnparsedPlatform : public testing::TestWithParam<std::string> {};

TEST_P(UnparsedPlatform, IsAnError) {
  EXPECT_THAT(Platform::parse(GetParam()), FailsWith(ErrorKind::invalid_input, "platform"));
}

INSTANTIATE_TEST_SUITE_P(Containerd, UnparsedPlatform,
                         testing::Values("", "/", "linux/", "/amd64", "linux/amd64/v2/x", "linux/&",
                                         "linux/*", "*", "unknown", "linux//v7", "linux /amd64",
                                         "windows(10/amd64", "windows()x/amd64", "windows(1+)/amd64",
                                         std::string("linux\0", 6)));

TEST(Platform, KeepsVersionAndFeaturesOfTheSystem) {
  const Platform platform = must(Platform::parse("windows(10.0.17763+win32k+a)/amd64"));
  EXPECT_EQ(platform.os_version, "10.0.17763");
  EXPECT_EQ(platform.os_features, (std::vector<std::string>{"a", "win32k"}));
}

TEST(Platform, HostIsAKnownPlatform) {
  EXPECT_EQ(Platform::host().os, "linux");
  EXPECT_EQ(must(Platform::parse("linux")), Platform::host());
}

int match(const std::string& wanted, const std::vector<std::string>& candidates) {
  std::vector<Platform> platforms;
  for (const std::string& candidate : candidates) platforms.push_back(must(Platform::parse(candidate)));
  return best_match(must(Platform::parse(wanted)), platforms);
}

TEST(BestMatch, PrefersTheExactPlatform) {
  EXPECT_EQ(match("linux/arm/v6", {"linux/amd64", "linux/arm/v5", "linux/arm/v6", "linux/arm/v7"}), 2);
  EXPECT_EQ(match("linux/amd64", {"linux/386", "linux/amd64"}), 1);
  EXPECT_EQ(match("linux/amd64/v3", {"linux/amd64", "linux/amd64/v2", "linux/amd64/v3"}), 2);
}

TEST(BestMatch, FallsBackToLowerVariantsAndKin) {
  EXPECT_EQ(match("linux/arm/v7", {"linux/arm/v5", "linux/arm/v6", "linux/amd64"}), 1);
  EXPECT_EQ(match("linux/amd64/v3", {"linux/386", "linux/amd64", "linux/amd64/v2", "linux/amd64/v4"}), 2);
  EXPECT_EQ(match("linux/amd64", {"linux/arm64", "linux/386"}), 1);
  EXPECT_EQ(match("linux/arm64", {"linux/arm/v6", "linux/arm/v7"}), 1);
  EXPECT_EQ(match("linux/arm64/v9.1", {"linux/arm64", "linux/arm64/v8.6", "linux/arm64/v9"}), 2);
  EXPECT_EQ(match("linux/arm64/v9", {"linux/arm64", "linux/arm64/v8.5", "linux/arm64/v8.6"}), 1);
  EXPECT_EQ(match("linux/arm64/v8.2", {"linux/arm64/v8.3", "linux/arm/v7", "linux/arm64"}), 2);
}

TEST(BestMatch, FindsNothingThatWouldNotRun) {
  EXPECT_EQ(match("linux/arm/v6", {"linux/arm/v7", "linux/amd64", "darwin/arm/v6"}), -1);
  EXPECT_EQ(match("linux/amd64", {"linux/amd64/v2"}), -1);
  EXPECT_EQ(match("linux/386", {"linux/amd64"}), -1);
  EXPECT_EQ(match("linux/amd64", {}), -1);
  EXPECT_EQ(best_match(Platform::host(), {Platform{"unknown", "unknown", "", "", {}}, Platform{}}), -1);
}

TEST(BestMatch, TakesTheFirstOfEquals) {
  EXPECT_EQ(match("linux/amd64", {"linux/arm64", "linux/amd64", "linux/amd64"}), 1);
}

TEST(BestMatch, NormalisesCandidates) {
  EXPECT_EQ(best_match(Platform{"linux", "arm64", "", "", {}}, {Platform{"linux", "arm64", "v8", "", {}}}),
            0);
  EXPECT_EQ(best_match(Platform{"linux", "x86_64", "", "", {}}, {Platform{"linux", "amd64", "v1", "", {}}}),
            0);
}

TEST(BestMatch, ComparesWindowsBuilds) {
  const std::vector<Platform> candidates = {Platform{"windows", "amd64", "", "10.0.20348.1", {}},
                                            Platform{"windows", "amd64", "", "10.0.17763.9", {}}};
  EXPECT_EQ(best_match(Platform{"windows", "amd64", "", "10.0.17763.1", {}}, candidates), 1);
  EXPECT_EQ(best_match(Platform{"windows", "amd64", "", "10.0.99999.1", {}}, candidates), -1);
  EXPECT_EQ(best_match(Platform{"windows", "amd64", "", "", {}}, candidates), 0);
}

TEST(BestMatch, CandidatesMayNotNeedMoreFeatures) {
  const Platform needing{"linux", "amd64", "", "", {"x"}};
  EXPECT_EQ(best_match(Platform{"linux", "amd64", "", "", {}}, {needing}), -1);
  EXPECT_EQ(best_match(Platform{"linux", "amd64", "", "", {"y", "x"}}, {needing}), 0);
}

}  // namespace
}  // namespace mbuild::oci
