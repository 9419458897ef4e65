#include "builder/cache/record.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "registry/oci/digest.h"
#include "tests/support/result_matchers.h"
#include "tests/support/temp_dir.h"

namespace mbuild::builder {
namespace {

using test::must;
using test::TempDir;

Record sample() {
  Record record("sample");
  record.add("name", "value with spaces\nand a line");
  record.add("bytes", std::string("\0\xff\n", 3));
  record.add("count", 18446744073709551615u);
  record.add("name", "");
  return record;
}

TEST(Record, ComesBackAsItWas) {
  const auto record = Record::decode("sample", sample().encode());
  ASSERT_TRUE(record);
  EXPECT_EQ(record->text("name"), "value with spaces\nand a line");
  EXPECT_EQ(record->text("bytes"), std::string_view("\0\xff\n", 3));
  EXPECT_EQ(record->natural("count"), 18446744073709551615u);
  EXPECT_EQ(record->texts("name").size(), 2u);
  EXPECT_EQ(record->texts("name")[1], "");
  EXPECT_EQ(record->text("other"), std::nullopt);
}

TEST(Record, IsReadableText) {
  Record record("sample");
  record.add("name", "value");
  EXPECT_TRUE(record.encode().starts_with("mbuild sample 1\nname 5:value\nsha256 "));
}

TEST(Record, OfAnotherKindDoesNotDecode) {
  EXPECT_FALSE(Record::decode("other", sample().encode()));
}

TEST(Record, CutAnywhereDoesNotDecode) {
  const std::string bytes = sample().encode();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(Record::decode("sample", bytes.substr(0, size))) << size;
  }
}

TEST(Record, WithAnyByteChangedDoesNotDecode) {
  const std::string bytes = sample().encode();
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    EXPECT_FALSE(Record::decode("sample", damaged)) << at;
  }
}

// The digest guards against accidents; what it covers may still be nonsense from another program.
TEST(Record, WithNonsenseUnderAGoodDigestDoesNotDecode) {
  for (const std::string body :
       {"", "x", "x 1", "x 1:", "x 1:y", "x 2:y\n", "x -1:y\n", "x 99999999999999999999:y\n", "x :y\n",
        "1:y\n", "x 18446744073709551615:y\n"}) {
    const std::string text = "mbuild sample 1\n" + body;
    const auto record = Record::decode("sample", text + "sha256 " + oci::Digest::of(text).hex() + "\n");
    EXPECT_EQ(record.has_value(), body.empty()) << body;
  }
}

TEST(Record, NaturalRefusesWhatIsNotOne) {
  Record record("sample");
  for (const char* text : {"", "-1", "1x", " 1", "18446744073709551616"})
    record.add(std::string("n") + text, text);
  for (const char* text : {"", "-1", "1x", " 1", "18446744073709551616"}) {
    EXPECT_EQ(record.natural(std::string("n") + text), std::nullopt) << text;
  }
}

TEST(RecordFile, IsWrittenWholeAndRead) {
  const TempDir dir;
  ASSERT_THAT(write_record(dir.fd(), "r", sample()), test::Succeeds());
  ASSERT_THAT(write_record(dir.fd(), "r", sample()), test::Succeeds());
  EXPECT_TRUE(read_record(dir.fd(), "r", "sample", 4096));
  EXPECT_FALSE(read_record(dir.fd(), "r", "sample", 16)) << "above the limit";
  EXPECT_FALSE(read_record(dir.fd(), "absent", "sample", 4096));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(dir.path()), {}), 1);
}

TEST(RecordFile, ThatIsNoRegularFileIsAbsent) {
  const TempDir dir;
  must(write_record(dir.fd(), "r", sample()));
  std::filesystem::create_symlink("r", dir.path() / "link");
  std::filesystem::create_directory(dir.path() / "folder");
  ASSERT_EQ(::mkfifo((dir.path() / "fifo").c_str(), 0600), 0);
  for (const char* name : {"link", "folder", "fifo"}) {
    EXPECT_FALSE(read_record(dir.fd(), name, "sample", 4096)) << name;
  }
}

}  // namespace
}  // namespace mbuild::builder
