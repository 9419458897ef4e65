#include "registry/base/utf8.h"

#include <gtest/gtest.h>

namespace mbuild {
namespace {

TEST(Utf8, AcceptsTheEdgesOfEachLength) {
  EXPECT_EQ(utf8_sequence_length(std::string_view("\0", 1)), 1u);
  EXPECT_EQ(utf8_sequence_length("\x7F"), 1u);
  EXPECT_EQ(utf8_sequence_length("\xC2\x80"), 2u);
  EXPECT_EQ(utf8_sequence_length("\xDF\xBF"), 2u);
  EXPECT_EQ(utf8_sequence_length("\xE0\xA0\x80"), 3u);
  EXPECT_EQ(utf8_sequence_length("\xED\x9F\xBF"), 3u);
  EXPECT_EQ(utf8_sequence_length("\xEE\x80\x80"), 3u);
  EXPECT_EQ(utf8_sequence_length("\xF0\x90\x80\x80"), 4u);
  EXPECT_EQ(utf8_sequence_length("\xF4\x8F\xBF\xBF"
                                 "more"),
            4u);
}

TEST(Utf8, RefusesTruncatedOverlongSurrogateAndTooLarge) {
  for (const char* text : {"", "\x80", "\xBF", "\xC2", "\xC2x", "\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF",
                           "\xE2\x82", "\xED\xA0\x80", "\xED\xBF\xBF", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80",
                           "\xF5\x80\x80\x80", "\xFF", "\xF0\x90\x80"}) {
    EXPECT_EQ(utf8_sequence_length(text), 0u) << testing::PrintToString(std::string(text));
  }
}

TEST(Utf8, ReplacesEveryInvalidByte) {
  EXPECT_EQ(replace_invalid_utf8("aé😀"), "aé😀");
  EXPECT_EQ(replace_invalid_utf8("a\xFF"
                                 "b\xE2\x82"),
            "a\uFFFD"
            "b\uFFFD\uFFFD");
  EXPECT_EQ(replace_invalid_utf8(""), "");
}

}  // namespace
}  // namespace mbuild
