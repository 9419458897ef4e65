#include "registry/remote/base64.h"

#include <gtest/gtest.h>

namespace mbuild::remote {
namespace {

TEST(Base64, FollowsTheRfc) {  // RFC 4648 10
  const std::pair<std::string, std::string> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {std::string("\0\xFF\x80", 3), "AP+A"}};
  for (const auto& [plain, encoded] : vectors) {
    EXPECT_EQ(base64_encode(plain), encoded);
    EXPECT_EQ(base64_decode(encoded), plain);
  }
}

TEST(Base64, TakesMissingPaddingAndRefusesTheRest) {
  EXPECT_EQ(base64_decode("Zm8"), "fo");
  for (const char* text : {"Z", "Zm9v!", "Zm 9v", "Zm=9"})
    EXPECT_EQ(base64_decode(text), std::nullopt) << text;
}

}  // namespace
}  // namespace mbuild::remote
