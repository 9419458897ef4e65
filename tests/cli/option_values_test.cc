#include "cli/option_values.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/result_matchers.h"

namespace mbuild::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

TEST(OptionValues, Hosts) {
  EXPECT_THAT(test::must(parse_host("a:10.0.0.1")), Pair("a", "10.0.0.1"));
  EXPECT_THAT(test::must(parse_host("a=10.0.0.1")), Pair("a", "10.0.0.1"));
  EXPECT_THAT(test::must(parse_host("a:::1")), Pair("a", "::1"));
  EXPECT_THAT(test::must(parse_host("a:[fe80::1]")), Pair("a", "fe80::1"));
  EXPECT_THAT(test::must(parse_host("a:host-gateway")), Pair("a", ::testing::MatchesRegex("[0-9.]{7,15}")));
  for (const char* wrong : {"", "a", "a:", ":10.0.0.1", "a:10.0.0", "a:b", "a:1.2.3.4\n5.6.7.8 evil"})
    EXPECT_FALSE(parse_host(wrong)) << wrong;
}

TEST(OptionValues, Sizes) {
  EXPECT_EQ(test::must(parse_bytes("0")), 0u);
  EXPECT_EQ(test::must(parse_bytes("1048576")), 1u << 20);
  EXPECT_EQ(test::must(parse_bytes("64m")), 64u << 20);
  EXPECT_EQ(test::must(parse_bytes("64MiB")), 64u << 20);
  EXPECT_EQ(test::must(parse_bytes("0.5g")), 512u << 20);
  for (const char* wrong : {"", "m", "-1", "1x", "1mm", "nan", "inf", "9999999999999t", "1 m"})
    EXPECT_FALSE(parse_bytes(wrong)) << wrong;
}

TEST(OptionValues, Annotations) {
  EXPECT_THAT(test::must(parse_annotation("a.b=c=d")), ElementsAre(Pair("annotation.a.b", "c=d")));
  EXPECT_THAT(test::must(parse_annotation("index,manifest[linux/amd64]:a=b")),
              ElementsAre(Pair("annotation-index.a", "b"), Pair("annotation-manifest[linux/amd64].a", "b")));
  EXPECT_THAT(test::must(parse_annotation("a=b:c")), ElementsAre(Pair("annotation.a", "b:c")));
  for (const char* wrong : {"", "a", "=b", "index:=b", "layer:a=b"})
    EXPECT_FALSE(parse_annotation(wrong)) << wrong;
}

TEST(OptionValues, Attestations) {
  builder::BuildRequest request;
  test::must(apply_attestation("type=provenance", request));
  ASSERT_TRUE(request.provenance);
  EXPECT_TRUE(request.provenance->full) << "as BuildKit without a mode";
  test::must(apply_attestation("type=provenance,mode=min,builder-id=me", request));
  EXPECT_FALSE(request.provenance->full);
  EXPECT_EQ(request.provenance->builder_id, "me");
  test::must(apply_attestation("type=provenance,false", request));
  EXPECT_FALSE(request.provenance);
  test::must(apply_attestation("type=sbom,true", request));
  EXPECT_TRUE(request.sbom);
  test::must(apply_attestation("type=sbom,disabled=true", request));
  EXPECT_FALSE(request.sbom);
  for (const char* wrong : {"", "mode=min", "type=x", "type=provenance,mode=some", "type=provenance,x=y",
                            "type=provenance,version=v0.2", "type=sbom,generator=image"})
    EXPECT_FALSE(apply_attestation(wrong, request)) << wrong;
}

}  // namespace
}  // namespace mbuild::cli
