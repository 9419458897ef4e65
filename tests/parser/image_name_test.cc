#include "parser/image_name.h"

#include <gtest/gtest.h>

namespace mbuild::parser {
namespace {

TEST(ImageName, TakesReferencesApart) {
  struct {
    const char* text;
    const char* domain;
    const char* path;
    const char* tag;
    const char* familiar;
  } rows[] = {
      {"ubuntu", "docker.io", "library/ubuntu", "", "ubuntu"},
      {"ubuntu:22.04", "docker.io", "library/ubuntu", "22.04", "ubuntu"},
      {"library/ubuntu", "docker.io", "library/ubuntu", "", "ubuntu"},
      {"me/app", "docker.io", "me/app", "", "me/app"},
      {"docker.io/ubuntu", "docker.io", "library/ubuntu", "", "ubuntu"},
      {"index.docker.io/ubuntu", "docker.io", "library/ubuntu", "", "ubuntu"},
      {"ghcr.io/me/app:v1", "ghcr.io", "me/app", "v1", "ghcr.io/me/app"},
      {"localhost/app", "localhost", "app", "", "localhost/app"},
      {"localhost:5000/a/b/c:x_Y.z-1", "localhost:5000", "a/b/c", "x_Y.z-1", "localhost:5000/a/b/c"},
      {"[::1]:5000/app", "[::1]:5000", "app", "", "[::1]:5000/app"},
      {"Registry/app", "Registry", "app", "", "Registry/app"},
      {"a.b-c__d---e", "docker.io", "library/a.b-c__d---e", "", "a.b-c__d---e"},
      {"me/library/x", "docker.io", "me/library/x", "", "me/library/x"},
      {"library/x/y", "docker.io", "library/x/y", "", "library/x/y"},
  };
  for (const auto& row : rows) {
    auto image = parse_image_name(row.text);
    ASSERT_TRUE(image) << row.text << ": " << image.error();
    EXPECT_EQ(image->domain, row.domain) << row.text;
    EXPECT_EQ(image->path, row.path) << row.text;
    EXPECT_EQ(image->tag, row.tag) << row.text;
    EXPECT_EQ(image->familiar_name(), row.familiar) << row.text;
  }
}

TEST(ImageName, ReadsDigests) {
  std::string hex(64, 'a');
  auto image = parse_image_name("ubuntu:22.04@sha256:" + hex);
  ASSERT_TRUE(image);
  EXPECT_EQ(image->tag, "22.04");
  EXPECT_EQ(image->digest, "sha256:" + hex);
  EXPECT_FALSE(parse_image_name("ubuntu@sha256:abc"));
  EXPECT_FALSE(parse_image_name("ubuntu@" + hex));
  EXPECT_FALSE(parse_image_name("ubuntu@"));
}

TEST(ImageName, RefusesWhatIsNone) {
  for (const char* text : {"",   ":",          ":tag",   "a:",     "a b",       "a//b", "/a",    "a/",
                           "-a", "a-",         "a..b",   "a___b",  "_a",        "a@b",  "a:b:c", "a:-x",
                           "ä",  "a.b:port/c", "-a.b/c", "[zz]/a", "a:tag/b:x", "$x",   "a/b$"}) {
    auto image = parse_image_name(text);
    ASSERT_FALSE(image) << text;
    EXPECT_EQ(image.error(), "invalid reference format") << text;
  }
  EXPECT_EQ(parse_image_name("Ubuntu").error(),
            "invalid reference format: repository name (library/Ubuntu) must be lowercase");
  EXPECT_EQ(
      parse_image_name(std::string(64, 'a')).error(),
      "invalid repository name (" + std::string(64, 'a') + "), cannot specify 64-byte hexadecimal strings");
  EXPECT_FALSE(parse_image_name("a:" + std::string(129, 'x')));
  EXPECT_FALSE(parse_image_name(std::string(300, 'a') + "b"));
}

TEST(ImageName, ContextNamesAreFamiliar) {
  EXPECT_EQ(context_name("ubuntu"), "ubuntu");
  EXPECT_EQ(context_name("docker.io/library/ubuntu:latest"), "ubuntu");
  EXPECT_EQ(context_name("ubuntu:22.04"), "ubuntu:22.04");
  EXPECT_EQ(context_name("ghcr.io/me/app:latest"), "ghcr.io/me/app");
  EXPECT_EQ(context_name("not/Valid"), "not/Valid");
}

}  // namespace
}  // namespace mbuild::parser
