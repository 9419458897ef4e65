#include "registry/oci/layout_name.h"

#include "tests/support/result_matchers.h"

namespace mbuild::oci {
namespace {

using test::FailsWith;
using test::must;

const std::string kDigest = Digest::of("x").str();

TEST(LayoutName, TakesTagAndDigestOffTheEnd) {
  const auto name = must(LayoutName::parse("/a/b:v1@" + kDigest));
  EXPECT_EQ(name.directory, "/a/b");
  EXPECT_EQ(name.tag, "v1");
  EXPECT_EQ(name.digest, Digest::of("x"));
  EXPECT_EQ(name.str(), kDigest);
  EXPECT_EQ(must(LayoutName::parse("a:v1")).str(), "v1");
  EXPECT_EQ(must(LayoutName::parse("a")).str(), "latest");
  EXPECT_EQ(must(LayoutName::parse("../a@" + kDigest)).directory, "../a");
}

TEST(LayoutName, LeavesThePathAlone) {
  EXPECT_EQ(must(LayoutName::parse("/a:b/c@d/e")).directory, "/a:b/c@d/e");
  EXPECT_EQ(must(LayoutName::parse("/a:b/c@d/e:v1")).directory, "/a:b/c@d/e");
  EXPECT_EQ(must(LayoutName::parse("/a@b/")).directory, "/a@b/");
}

TEST(LayoutName, RefusesWhatNamesNothing) {
  for (const std::string& text : {std::string(), std::string(":v1"), "@" + kDigest}) {
    EXPECT_THAT(LayoutName::parse(text), FailsWith(ErrorKind::invalid_input, "no directory")) << text;
  }
  EXPECT_THAT(LayoutName::parse("/a@v1"), FailsWith(ErrorKind::invalid_input, "digest"));
  EXPECT_THAT(LayoutName::parse("/a@sha512:00"), FailsWith(ErrorKind::invalid_input, "sha512"));
}

}  // namespace
}  // namespace mbuild::oci
