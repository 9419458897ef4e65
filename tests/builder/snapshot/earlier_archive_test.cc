#include "builder/snapshot/earlier_archive.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "registry/base/fs_at.h"
#include "registry/base/memory_stream.h"
#include "registry/oci/archive_writer.h"
#include "tests/support/result_matchers.h"
#include "tests/support/temp_dir.h"

namespace mbuild::builder {
namespace {

using test::must;

oci::Entry entry(const std::string& path, oci::EntryType type, std::uint64_t size = 0) {
  oci::Entry made;
  made.path = path;
  made.type = type;
  made.mode = 0644;
  made.size = size;
  return made;
}

class EarlierArchiveTest : public testing::Test {
 protected:
  // Paths that end in a slash are directories.
  std::string archive(const std::vector<std::pair<std::string, std::string>>& files) {
    StringSink sink;
    oci::ArchiveWriter writer(sink);
    for (const auto& [path, data] : files) {
      if (path.ends_with('/'))
        must(writer.add(entry(path.substr(0, path.size() - 1), oci::EntryType::directory)));
      else
        must(writer.add(entry(path, oci::EntryType::regular, data.size()), bytes_of(data)));
    }
    must(writer.finish());
    return sink.take();
  }
  EarlierArchive open(const std::string& bytes) {
    return EarlierArchive(must(fs_at::open_trusted(dir.write("tar", bytes).string(), O_RDONLY)));
  }
  static std::string found(EarlierArchive& archive, const std::string& path, std::uint64_t size) {
    const auto data = archive.find(path, size);
    return data ? std::string(reinterpret_cast<const char*>(data->data()), data->size()) : "none";
  }

  test::TempDir dir;
};

TEST_F(EarlierArchiveTest, FindsFilesInTheOrderOfATarball) {
  const std::string large(300'000, 'l');
  EarlierArchive earlier =
      open(archive({{"a/", ""}, {"a/b", "1"}, {"a/c", large}, {"a.txt", "22"}, {"z", "333"}}));
  EXPECT_EQ(found(earlier, "a/b", 1), "1");
  EXPECT_EQ(found(earlier, "a/c", large.size()), large);
  EXPECT_EQ(found(earlier, "a.txt", 2), "22");
  EXPECT_EQ(found(earlier, "z", 3), "333");
  EXPECT_EQ(found(earlier, "zz", 3), "none");
}

TEST_F(EarlierArchiveTest, PassesOverWhatIsGoneAndWhatIsNew) {
  EarlierArchive earlier = open(archive({{"b", "1"}, {"d", "2"}, {"e", "3"}, {"f", "4"}}));
  EXPECT_EQ(found(earlier, "a", 1), "none");
  EXPECT_EQ(found(earlier, "b", 1), "1");
  EXPECT_EQ(found(earlier, "c", 1), "none");
  EXPECT_EQ(found(earlier, "e", 1), "3");
  EXPECT_EQ(found(earlier, "f", 2), "none") << "of another size";
}

TEST_F(EarlierArchiveTest, KnowsLongAndForeignNames) {
  const std::string deep = std::string(90, 'd') + "/" + std::string(90, 'f');
  const std::string longer = std::string(200, 'g');
  const std::string foreign = "h\xc3\xa4";
  EarlierArchive earlier = open(archive({{deep, "1"}, {longer, "2"}, {foreign, "3"}}));
  EXPECT_EQ(found(earlier, deep, 1), "1");
  EXPECT_EQ(found(earlier, longer, 1), "2");
  EXPECT_EQ(found(earlier, foreign, 1), "3");
}

TEST_F(EarlierArchiveTest, GivesNoFolderAndNoLargeFile) {
  const std::string large(EarlierArchive::largest + 1, 'l');
  EarlierArchive earlier = open(archive({{"a/", ""}, {"b", large}, {"c", "3"}}));
  EXPECT_EQ(found(earlier, "a", 0), "none");
  EXPECT_EQ(found(earlier, "b", large.size()), "none");
  EXPECT_EQ(found(earlier, "c", 1), "3");
}

TEST_F(EarlierArchiveTest, FindsNothingInNothing) {
  EarlierArchive none;
  EXPECT_EQ(found(none, "a", 1), "none");
  EarlierArchive empty = open("");
  EXPECT_EQ(found(empty, "a", 1), "none");
}

// Whatever is done to a tarball, what is found is within it, and the walk ends.
TEST_F(EarlierArchiveTest, TakesAnyDamage) {
  const std::string longer(200, 'g');
  const std::string whole = archive({{"a", "1"}, {longer, "2"}, {"h", "3"}});
  for (std::size_t cut = 0; cut < whole.size(); cut += 100) {
    EarlierArchive earlier = open(whole.substr(0, cut));
    for (const std::string& path : {std::string("a"), longer, std::string("h")}) (void)earlier.find(path, 1);
  }
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const char byte : {'\0', '7', ' ', '\xff'}) {
      std::string damaged = whole;
      damaged[at] = byte;
      EarlierArchive earlier = open(damaged);
      for (const std::string& path : {std::string("a"), longer, std::string("h")}) {
        const std::string data = found(earlier, path, 1);
        EXPECT_TRUE(data == "none" || data.size() == 1);
      }
    }
  }
}

}  // namespace
}  // namespace mbuild::builder
