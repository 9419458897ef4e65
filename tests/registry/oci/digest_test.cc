#include "registry/oci/digest.h"

#include <unordered_set>
#include <vector>

#include "tests/support/result_matchers.h"

namespace mbuild::oci {
namespace {

using test::FailsWith;
using test::must;

// FIPS 180-4 examples.
constexpr std::string_view kEmpty = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr std::string_view kAbc = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

TEST(Digest, HashesKnownTexts) {
  EXPECT_EQ(Digest::of("").str(), kEmpty);
  EXPECT_EQ(Digest::of("abc").str(), kAbc);
}

TEST(Digest, ParsesWhatItPrints) {
  const Digest digest = must(Digest::parse(kAbc));
  EXPECT_EQ(digest, Digest::of("abc"));
  EXPECT_EQ(digest.str(), kAbc);
  EXPECT_EQ(digest.hex(), kAbc.substr(7));
  EXPECT_EQ(Digest::from_bytes(digest.bytes()), digest);
}

TEST(Digest, RefusesOtherForms) {
  const std::string hex(kAbc.substr(7));
  const std::vector<std::string> texts = {"",
                                          hex,
                                          "sha256" + hex,
                                          "sha256:",
                                          "sha256:" + hex.substr(1),
                                          "sha256:0" + hex,
                                          "SHA256:" + hex,
                                          "sha256:" + std::string(64, 'A'),
                                          "sha256:" + std::string(64, 'g'),
                                          "sha256:" + hex.substr(2) + "\n0",
                                          " " + std::string(kAbc),
                                          ":" + hex};
  for (const std::string& text : texts) {
    EXPECT_THAT(Digest::parse(text), FailsWith(ErrorKind::corrupt, "digest")) << text;
  }
}

TEST(Digest, OtherAlgorithmsAreUnsupported) {
  EXPECT_THAT(Digest::parse("sha512:" + std::string(128, '0')), FailsWith(ErrorKind::unsupported, "sha512"));
}

TEST(Digest, ErrorsDoNotRepeatHugeInput) {
  EXPECT_LT(Digest::parse("sha256:" + std::string(100000, 'x')).error().message().size(), 300u);
}

TEST(Digest, DefaultIsNoDigest) {
  EXPECT_TRUE(Digest().empty());
  EXPECT_FALSE(Digest::of("").empty());
}

TEST(Digest, IsAMapKey) {
  const std::unordered_set<Digest> digests = {Digest::of("a"), Digest::of("b"), Digest::of("a")};
  EXPECT_EQ(digests.size(), 2u);
}

TEST(Sha256, PiecesGiveTheSameAsTheWhole) {
  Sha256 hash;
  for (const char c : std::string_view("abc")) hash.update(std::string_view(&c, 1));
  EXPECT_EQ(hash.finish().str(), kAbc);
}

TEST(Sha256, IsAsNewAfterFinish) {
  Sha256 hash;
  hash.update("x");
  hash.finish();
  hash.update("abc");
  EXPECT_EQ(hash.finish().str(), kAbc);
  EXPECT_EQ(hash.finish().str(), kEmpty);
}

class FailingSink : public ByteSink {
 public:
  Result<void> write(ByteView) override { return fail(ErrorKind::no_space, "full"); }
};

TEST(HashingSink, CountsHashesAndPassesOn) {
  HashingSink last(nullptr);
  HashingSink first(&last);
  must(first.write(bytes_of("ab")));
  must(first.write(bytes_of("c")));
  EXPECT_EQ(first.size(), 3u);
  EXPECT_EQ(first.finish().str(), kAbc);
  EXPECT_EQ(last.finish().str(), kAbc);
}

TEST(HashingSink, FailsWithItsNext) {
  FailingSink full;
  HashingSink sink(&full);
  EXPECT_THAT(sink.write({}), FailsWith(ErrorKind::no_space, "full"));
}

}  // namespace
}  // namespace mbuild::oci
