#include "cli/registry_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/command_line.h"
#include "tests/support/temp_dir.h"

namespace mbuild::cli {
namespace {

std::optional<builder::RegistryAccess> parse(std::vector<std::string> arguments) {
  CommandLine line("test", "mbuild");
  builder::RegistryAccess access;
  add_registry_options(line, access);
  if (line.parse(std::move(arguments))) return std::nullopt;
  return access;
}

TEST(RegistryOptions, ReachTheAccess) {
  test::TempDir folder;
  auto access = parse({"--insecure", "a:1", "--insecure", "b", "--registries", "r.json", "--cert-dir",
                       folder.str(), "--offline", "--max-parallel", "7", "--limit-rate", "10M"});
  ASSERT_TRUE(access);
  EXPECT_THAT(access->insecure, testing::ElementsAre("a:1", "b"));
  EXPECT_EQ(access->registries_file, "r.json");
  EXPECT_EQ(access->certificates_dir, folder.str());
  EXPECT_TRUE(access->offline);
  EXPECT_EQ(access->parallel, 7u);
  EXPECT_EQ(access->bytes_per_second, 10'000'000u);
}

TEST(RegistryOptions, AreOnlineWithoutLimit) {
  auto access = parse({});
  ASSERT_TRUE(access);
  EXPECT_FALSE(access->offline);
  EXPECT_EQ(access->parallel, 4u);
  EXPECT_EQ(access->bytes_per_second, 0u);
}

TEST(RegistryOptions, RefuseWhatMeansNothing) {
  EXPECT_FALSE(parse({"--max-parallel", "0"}));
  EXPECT_FALSE(parse({"--limit-rate", "fast"}));
  EXPECT_FALSE(parse({"--limit-rate", "-1"}));
  EXPECT_FALSE(parse({"--cert-dir", "/does/not/exist"}));
}

}  // namespace
}  // namespace mbuild::cli
