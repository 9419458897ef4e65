#include "parser/platform_name.h"

#include <gtest/gtest.h>

namespace mbuild::parser {
namespace {

std::string normal(std::string_view text) {
  auto platform = parse_platform_name(text);
  return platform ? platform->os + "," + platform->architecture + "," + platform->variant : "none";
}

TEST(PlatformName, IsNormalised) {
  EXPECT_EQ(normal("linux/amd64"), "linux,amd64,");
  EXPECT_EQ(normal("linux/arm64/v8"), "linux,arm64,v8");
  EXPECT_EQ(normal("Linux/ARM64"), "linux,arm64,");
  EXPECT_EQ(normal("linux"), "linux,,");
  EXPECT_EQ(normal("amd64"), ",amd64,");
  EXPECT_EQ(normal("x86_64"), ",amd64,");
  EXPECT_EQ(normal("linux/aarch64"), "linux,arm64,");
  EXPECT_EQ(normal("linux/armhf"), "linux,arm,v7");
  EXPECT_EQ(normal("macos/arm64"), "darwin,arm64,");
  EXPECT_EQ(normal("windows(10.0.17763)/amd64"), "windows,amd64,");
  EXPECT_EQ(normal("custom/thing"), "custom,thing,");
}

TEST(PlatformName, RefusesWhatIsNone) {
  for (const char* text : {"", "/", "linux/", "/amd64", "a/b/c/d", "lin ux/amd64", "nonsense", "linux/amd64/",
                           "$x", "windows(10/amd64", "windows()/amd64"})
    EXPECT_EQ(normal(text), "none") << text;
}

}  // namespace
}  // namespace mbuild::parser
