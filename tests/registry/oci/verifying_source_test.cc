#include "registry/oci/verifying_source.h"

#include "registry/base/copy_stream.h"
#include "registry/base/memory_stream.h"
#include "tests/support/result_matchers.h"

namespace mbuild::oci {
namespace {

using test::FailsWith;
using test::must;

Descriptor descriptor_of(std::string_view data) {
  Descriptor descriptor;
  descriptor.digest = Digest::of(data);
  descriptor.size = data.size();
  return descriptor;
}

Result<std::string> read(std::string_view data, const Descriptor& descriptor) {
  VerifyingSource source(std::make_unique<MemorySource>(data), descriptor);
  return read_all(source, 1000);
}

TEST(VerifyingSource, PassesOnWhatItShould) {
  EXPECT_EQ(must(read("abc", descriptor_of("abc"))), "abc");
  EXPECT_EQ(must(read("", descriptor_of(""))), "");
}

TEST(VerifyingSource, NoticesEveryDifference) {
  EXPECT_THAT(read("abd", descriptor_of("abc")), FailsWith(ErrorKind::corrupt, Digest::of("abd").str()));
  EXPECT_THAT(read("ab", descriptor_of("abc")),
              FailsWith(ErrorKind::corrupt, "2 bytes where 3 were announced"));
  EXPECT_THAT(read("abcd", descriptor_of("abc")), FailsWith(ErrorKind::corrupt, "4 bytes where 3"));
  EXPECT_THAT(read("", descriptor_of("abc")), FailsWith(ErrorKind::corrupt, "0 bytes where 3"));
}

TEST(VerifyingSource, StaysAtItsEnd) {
  VerifyingSource source(std::make_unique<MemorySource>(std::string_view("abc")), descriptor_of("abc"));
  EXPECT_EQ(must(source.read({})), 0u);  // of no room, not of no bytes
  std::byte buffer[8];
  EXPECT_EQ(must(source.read(buffer)), 3u);
  EXPECT_EQ(must(source.read(buffer)), 0u);
  EXPECT_EQ(must(source.read(buffer)), 0u);
}

}  // namespace
}  // namespace mbuild::oci
