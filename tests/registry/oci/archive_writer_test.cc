#include "registry/oci/archive_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "registry/base/memory_stream.h"
#include "registry/oci/digest.h"
#include "tests/support/result_matchers.h"
#include "tests/support/run_program.h"
#include "tests/support/string_source.h"
#include "tests/support/temp_dir.h"

namespace mbuild::oci {
namespace {

using test::FailsWith;
using test::must;
using test::Succeeds;

Entry entry(std::string path, EntryType type, std::uint32_t mode) {
  Entry entry;
  entry.path = std::move(path);
  entry.type = type;
  entry.mode = mode;
  entry.mtime = 1700000000LL * 1'000'000'000;
  return entry;
}

Entry file(std::string path, std::uint64_t size) {
  Entry result = entry(std::move(path), EntryType::regular, 0644);
  result.size = size;
  return result;
}

// Sees only how large the writes are.
class CountingSink : public ByteSink {
 public:
  Result<void> write(ByteView data) override {
    sizes.push_back(data.size());
    return {};
  }
  std::vector<std::size_t> sizes;
};

TEST(ArchiveWriter, EmptyArchiveIsTheEmptyLayer) {
  StringSink sink;
  ArchiveWriter writer(sink);
  ASSERT_THAT(writer.finish(), Succeeds());
  EXPECT_EQ(sink.str(), std::string(1024, '\0'));
  EXPECT_EQ(Digest::of(sink.str()).str(),
            "sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef");
}

TEST(ArchiveWriter, DataFromDescriptorsAndStreamsIsTheSame) {
  std::string data(700'000, 'x');
  for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<char>(i * 31 >> 3);
  const test::TempDir dir;
  dir.write("data", data);
  const Fd fd(::open((dir.path() / "data").c_str(), O_RDONLY | O_CLOEXEC));

  StringSink from_descriptor;
  StringSink from_stream;
  for (const bool stream : {false, true}) {
    StringSink& sink = stream ? from_stream : from_descriptor;
    ArchiveWriter writer(sink);
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{512}, data.size()}) {
      test::StringSource source(data.substr(0, size), 1000);
      const Entry member = file("d/" + std::to_string(size), size);
      must(stream ? writer.add(member, source) : writer.add(member, fd.get()));
    }
    must(writer.finish());
  }
  EXPECT_TRUE(from_descriptor.str() == from_stream.str());
  EXPECT_EQ(from_stream.str().size() % 512, 0u);
  // As Go's archive/tar writes it.
  EXPECT_EQ(Digest::of(from_stream.str()).hex(),
            "0e4608c0aa0387cf035304024ff823c13ec6674392b3afe9c300db1fcafa79fb");
}

TEST(ArchiveWriter, SmallMembersAreWrittenTogether) {
  CountingSink sink;
  ArchiveWriter writer(sink);
  for (int i = 0; i < 1000; ++i) {
    test::StringSource source("0123456789");
    must(writer.add(file(std::to_string(i), 10), source));
  }
  must(writer.finish());
  EXPECT_LE(sink.sizes.size(), 5u);
}

TEST(ArchiveWriter, NoticesThatAFileChanged) {
  StringSink sink;
  ArchiveWriter writer(sink);
  test::StringSource shorter("123");
  EXPECT_THAT(writer.add(file("a/short", 4), shorter), FailsWith(ErrorKind::corrupt, "a/short"));
  test::StringSource longer("12345");
  EXPECT_THAT(writer.add(file("a/long", 4), longer), FailsWith(ErrorKind::corrupt, "a/long"));
  EXPECT_THAT(writer.add(file("a/none", 4)), FailsWith(ErrorKind::internal, "a/none"));
}

TEST(ArchiveWriter, PassesOnWhatTheSourceAndTheSinkSay) {
  class Full : public ByteSink {
    Result<void> write(ByteView) override { return fail(ErrorKind::no_space, "disk full"); }
  } full;
  ArchiveWriter writer(full);
  test::StringSource broken("", SIZE_MAX, Error(ErrorKind::unavailable, "peer is gone"));
  EXPECT_THAT(writer.add(file("f", 4), broken), FailsWith(ErrorKind::unavailable, "f: peer is gone"));
  EXPECT_THAT(writer.finish(), FailsWith(ErrorKind::no_space, "disk full"));
}

class ReadableBy : public testing::TestWithParam<std::vector<std::string>> {};

TEST_P(ReadableBy, TheProgram) {
  const std::string program = GetParam().front();
  if (!test::has_program(program)) GTEST_SKIP() << program << " is not installed";
  StringSink sink;
  ArchiveWriter writer(sink);
  const std::string long_name = "größe/" + std::string(200, 'n');
  must(writer.add(entry("größe", EntryType::directory, 01755)));
  test::StringSource hello("hello");
  must(writer.add(file(long_name, 5), hello));
  Entry hardlink = entry("h", EntryType::hardlink, 0644);
  hardlink.link = long_name;
  must(writer.add(hardlink));
  Entry symlink = entry("s", EntryType::symlink, 0777);
  symlink.link = std::string(150, 't');
  must(writer.add(symlink));
  Entry old = file("old", 0);
  old.mtime = -86400LL * 1'000'000'000;
  old.xattrs["security.capability"] = std::string("\1\0\0\2\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20);
  must(writer.add(old));
  must(writer.finish());

  const test::TempDir dir;
  const std::string archive = dir.write("a.tar", sink.str()).string();
  dir.write("out/x", "");
  std::vector<std::string> arguments = {"env", "LC_ALL=C.UTF-8"};  // bsdtar makes no other names of UTF-8
  arguments.insert(arguments.end(), GetParam().begin(), GetParam().end());
  arguments.insert(arguments.end(), {"-xpf", archive, "-C", (dir.path() / "out").string()});
  const auto result = test::run_program(arguments);
  EXPECT_EQ(result.code, 0) << result.output;
  EXPECT_EQ(dir.read("out/" + long_name), "hello");
  EXPECT_EQ(dir.read("out/h"), "hello");
  EXPECT_EQ(std::filesystem::hard_link_count(dir.path() / "out/h"), 2u);
  EXPECT_EQ(std::filesystem::read_symlink(dir.path() / "out/s"), std::string(150, 't'));
  struct stat status {};
  ASSERT_EQ(::stat((dir.path() / "out/old").c_str(), &status), 0);
  EXPECT_EQ(status.st_mtim.tv_sec, -86400);
  ASSERT_EQ(::stat((dir.path() / "out/größe").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 01755u);
}

INSTANTIATE_TEST_SUITE_P(, ReadableBy,
                         testing::Values(std::vector<std::string>{"tar"}, std::vector<std::string>{"bsdtar"}),
                         [](const auto& instance) { return instance.param.front(); });

}  // namespace
}  // namespace mbuild::oci
