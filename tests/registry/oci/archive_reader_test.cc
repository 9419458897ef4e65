#include "registry/oci/archive_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <locale.h>

#include <cstring>

#include "registry/base/memory_stream.h"
#include "registry/oci/archive_writer.h"
#include "registry/oci/tar_header.h"
#include "tests/support/result_matchers.h"
#include "tests/support/run_program.h"
#include "tests/support/string_source.h"
#include "tests/support/temp_dir.h"

namespace mbuild::oci {
namespace {

using test::FailsWith;
using test::must;
using test::Succeeds;
using testing::ElementsAre;
using Escape = ArchiveOptions::Escape;

Entry entry(std::string path, EntryType type = EntryType::regular) {
  Entry entry;
  entry.path = std::move(path);
  entry.type = type;
  entry.mode = 0644;
  return entry;
}

std::string archive_of(const std::vector<std::pair<Entry, std::string>>& members) {
  StringSink sink;
  ArchiveWriter writer(sink);
  for (auto [member, data] : members) {
    test::StringSource source(data);
    if (member.type == EntryType::regular) member.size = data.size();
    must(member.size != 0 ? writer.add(member, source) : writer.add(member));
  }
  must(writer.finish());
  return sink.str();
}

ArchiveReader reader_of(std::string archive, ArchiveOptions options = {}, std::size_t step = SIZE_MAX) {
  return must(ArchiveReader::open(std::make_unique<test::StringSource>(std::move(archive), step), options));
}

std::string data_of(ArchiveReader& reader) {
  std::string data;
  while (auto block = must(reader.read())) {
    data.resize(block->offset, '\0');
    data.append(reinterpret_cast<const char*>(block->data.data()), block->data.size());
  }
  return data;
}

// The first error of a walk through all members and their data.
Result<void> read_all(std::string archive, const ArchiveOptions& options = {}) {
  ArchiveReader reader =
      MBUILD_TRY(ArchiveReader::open(std::make_unique<test::StringSource>(std::move(archive)), options));
  while (MBUILD_TRY(reader.next())) {
    while (MBUILD_TRY(reader.read())) {
    }
  }
  return reader.drain();
}

TEST(CleanMemberPath, IsLexicalAndStaysInside) {
  const auto refuse = [](std::string_view path) { return clean_member_path(path, Escape::refuse); };
  EXPECT_EQ(refuse("a/b"), "a/b");
  EXPECT_EQ(refuse("./a//b/"), "a/b");
  EXPECT_EQ(refuse("/etc/passwd"), "etc/passwd");
  EXPECT_EQ(refuse("a/../b/./c"), "b/c");
  EXPECT_EQ(refuse("a/b/../../c"), "c");
  for (const char* root : {"", ".", "/", "./", "a/.."}) EXPECT_EQ(refuse(root), "") << root;
  EXPECT_EQ(refuse("..a/..."), "..a/...");
  for (const char* outside : {"..", "../a", "a/../../b", "/../a"}) EXPECT_EQ(refuse(outside), std::nullopt);
  EXPECT_EQ(clean_member_path("../../a/../../b", Escape::contain), "b");
}

TEST(ArchiveReader, GivesBackWhatTheWriterTook) {
  std::vector<std::pair<Entry, std::string>> members;
  Entry all = entry("größe/" + std::string(255, 'n'));
  all.mode = 07755;
  all.uid = 4294967294;
  all.gid = 3000000;
  all.mtime = -5LL * 1'000'000'000;
  all.xattrs["security.capability"] = std::string("\1\0\0\2\0\x20\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20);
  all.xattrs["user.x"] = "y=z\n";
  members.emplace_back(entry("größe", EntryType::directory), "");
  members.emplace_back(all, std::string(300'000, 'd'));
  members.emplace_back(entry("not\xff\xfeutf8"), "");
  Entry link = entry("s", EntryType::symlink);
  link.link = "../../\xff/" + std::string(200, 'l');
  members.emplace_back(link, "");
  link = entry("h", EntryType::hardlink);
  link.link = all.path;
  members.emplace_back(link, "");
  Entry device = entry("c", EntryType::character_device);
  device.device_major = 10;
  device.device_minor = 1048575;
  members.emplace_back(device, "");
  device.path = "b";
  device.type = EntryType::block_device;
  members.emplace_back(device, "");
  members.emplace_back(entry("p", EntryType::fifo), "");

  ArchiveReader reader = reader_of(archive_of(members), {}, 4097);
  for (const auto& [expected, data] : members) {
    const auto found = must(reader.next());
    ASSERT_TRUE(found);
    EXPECT_EQ(found->path, expected.path);
    EXPECT_EQ(found->type, expected.type) << found->path;
    EXPECT_EQ(found->mode, expected.mode) << found->path;
    EXPECT_EQ(found->uid, expected.uid) << found->path;
    EXPECT_EQ(found->gid, expected.gid) << found->path;
    EXPECT_EQ(found->size, data.size()) << found->path;
    EXPECT_EQ(found->mtime, expected.mtime) << found->path;
    EXPECT_EQ(found->link, expected.link) << found->path;
    EXPECT_EQ(found->device_major, expected.device_major) << found->path;
    EXPECT_EQ(found->device_minor, expected.device_minor) << found->path;
    EXPECT_EQ(found->xattrs, expected.xattrs) << found->path;
    EXPECT_TRUE(data_of(reader) == data) << found->path;
  }
  EXPECT_EQ(must(reader.next()), std::nullopt);
}

TEST(ArchiveReader, SkipsDataThatNobodyReads) {
  ArchiveReader reader = reader_of(archive_of({{entry("a"), std::string(5000, 'a')}, {entry("b"), "b"}}));
  must(reader.next());
  EXPECT_EQ(must(reader.next())->path, "b");
  EXPECT_EQ(data_of(reader), "b");
}

TEST(ArchiveReader, AnArchiveOfNothingHasNoMembers) {
  EXPECT_THAT(read_all(""), Succeeds());
  EXPECT_THAT(read_all(std::string(1024, '\0')), Succeeds());
}

TEST(ArchiveReader, DrainReadsWhatFollowsTheEnd) {
  const std::string archive = archive_of({{entry("a"), "a"}}) + std::string(100'000, '\0') + "trailing";
  class Counting : public ByteSource {
   public:
    Counting(std::string text, std::size_t& count) : source_(std::move(text)), count_(count) {}
    Result<std::size_t> read(std::span<std::byte> buffer) override {
      auto size = source_.read(buffer.first(std::min<std::size_t>(buffer.size(), 512)));
      count_ += size.value_or(0);
      return size;
    }

   private:
    test::StringSource source_;
    std::size_t& count_;
  };
  std::size_t count = 0;
  ArchiveReader reader = must(ArchiveReader::open(std::make_unique<Counting>(archive, count), {}));
  while (must(reader.next())) {
  }
  must(reader.drain());
  EXPECT_EQ(count, archive.size());
}

TEST(ArchiveReader, RefusesNamesThatLeaveTheRoot) {
  for (const char* name : {"../x", "a/../../x", ".."}) {
    EXPECT_THAT(read_all(archive_of({{entry(name), ""}})), FailsWith(ErrorKind::corrupt, name));
  }
  Entry link = entry("h", EntryType::hardlink);
  link.link = "../../etc/shadow";
  EXPECT_THAT(read_all(archive_of({{link, ""}})),
              FailsWith(ErrorKind::corrupt, "\"h\": the hardlink's target"));
}

TEST(ArchiveReader, ContainsNamesWhenAsked) {
  ArchiveOptions options;
  options.escape = Escape::contain;
  ArchiveReader reader = reader_of(archive_of({{entry("../../x"), ""}}), options);
  EXPECT_EQ(must(reader.next())->path, "x");
}

TEST(ArchiveReader, RefusesHugeNames) {
  const std::string name(100'000, 'n');
  const auto result = read_all(archive_of({{entry(name), ""}}));
  EXPECT_THAT(result, FailsWith(ErrorKind::corrupt, "(100000 bytes): the name is longer"));
  EXPECT_LT(result.error().message().size(), 500u);
  Entry link = entry("s", EntryType::symlink);
  link.link = name;
  EXPECT_THAT(read_all(archive_of({{link, ""}})), FailsWith(ErrorKind::corrupt, "\"s\""));
}

TEST(ArchiveReader, RefusesPaxHeadersWithoutEnd) {
  // A well-formed extended header that announces 3 GiB of records.
  std::string header;
  Entry bomb = entry("x");
  bomb.size = std::uint64_t{3} << 30;
  must(append_tar_header(bomb, header));
  header[156] = 'x';
  unsigned sum = 0;
  std::memset(header.data() + 148, ' ', 8);
  for (const char c : header) sum += static_cast<unsigned char>(c);
  std::snprintf(header.data() + 148, 7, "%06o", sum);
  EXPECT_THAT(read_all(header + std::string(1 << 20, '1')), FailsWith(ErrorKind::corrupt, ""));
}

TEST(ArchiveReader, HoldsItsLimits) {
  ArchiveOptions options;
  options.limits.bytes = 10;
  EXPECT_THAT(read_all(archive_of({{entry("a"), "0123456789"}}), options), Succeeds());
  EXPECT_THAT(read_all(archive_of({{entry("a"), "01234"}, {entry("b"), "012345"}}), options),
              FailsWith(ErrorKind::no_space, "\"b\""));
  options = {};
  options.limits.entries = 2;
  EXPECT_THAT(read_all(archive_of({{entry("a"), ""}, {entry("b"), ""}, {entry("c"), ""}}), options),
              FailsWith(ErrorKind::no_space, "\"c\""));
}

TEST(ArchiveReader, RefusesWhatIsNoTar) {
  EXPECT_THAT(read_all("this is not a tar archive"), FailsWith(ErrorKind::corrupt, "open archive"));
  EXPECT_THAT(read_all(std::string(4096, 'x')), FailsWith(ErrorKind::corrupt, "open archive"));
  const std::string archive = archive_of({{entry("a"), std::string(2000, 'a')}});
  EXPECT_THAT(read_all(archive.substr(0, 1000)), FailsWith(ErrorKind::corrupt, "\"a\""));
  EXPECT_THAT(read_all(archive.substr(0, 100)), FailsWith(ErrorKind::corrupt, ""));
  std::string damaged = archive_of({{entry("a"), ""}, {entry("b"), ""}});
  damaged[512] = 'c';  // the name that b's checksum covers
  EXPECT_THAT(read_all(damaged), FailsWith(ErrorKind::corrupt, "after archive member \"a\""));
}

TEST(ArchiveReader, PassesOnTheSourcesError) {
  const std::string archive = archive_of({{entry("a"), std::string(2000, 'a')}});
  auto source = std::make_unique<test::StringSource>(archive.substr(0, 1000), SIZE_MAX,
                                                     Error(ErrorKind::unavailable, "connection reset"));
  ArchiveReader reader = must(ArchiveReader::open(std::move(source), {}));
  must(reader.next());
  Result<std::optional<ArchiveBlock>> block = std::nullopt;
  do {
    block = reader.read();
  } while (block && *block);
  EXPECT_THAT(block, FailsWith(ErrorKind::unavailable, "\"a\": connection reset"));
}

TEST(ArchiveReader, UndoesCompressionOnlyWhenAsked) {
  const test::TempDir dir;
  dir.write("a.tar", archive_of({{entry("a"), "hello"}}));
  for (const char* program : {"gzip", "bzip2", "xz", "zstd"}) {
    if (!test::has_program(program)) continue;
    const std::string plain = (dir.path() / "a.tar").string();
    ASSERT_EQ(
        test::run_program({"sh", "-c", std::string(program) + " -c " + plain + " > " + plain + ".z"}).code,
        0);
    const std::string compressed = dir.read("a.tar.z");
    EXPECT_THAT(read_all(compressed), FailsWith(ErrorKind::corrupt, "open archive")) << program;
    ArchiveOptions options;
    options.decompress = true;
    ArchiveReader reader = reader_of(compressed, options);
    EXPECT_EQ(must(reader.next())->path, "a") << program;
    EXPECT_EQ(data_of(reader), "hello") << program;
  }
}

TEST(ArchiveReader, NamesAreBytesInAnyLocale) {
  const std::string decomposed = "u\xcc\x88" + std::string(120, 'x');
  const std::string archive = archive_of({{entry(decomposed), ""}, {entry("\xff" + decomposed), ""}});
  const locale_t locale = ::newlocale(LC_ALL_MASK, "C.UTF-8", locale_t{});
  ASSERT_NE(locale, locale_t{});
  const locale_t before = ::uselocale(locale);
  ArchiveReader reader = reader_of(archive);
  const auto first = must(reader.next());
  const auto second = must(reader.next());
  EXPECT_EQ(::uselocale(before), locale);
  ::freelocale(locale);
  EXPECT_EQ(first->path, decomposed);
  EXPECT_EQ(second->path, "\xff" + decomposed);
}

class WrittenByTar : public testing::TestWithParam<std::string> {};

TEST_P(WrittenByTar, IsRead) {
  if (!test::has_program("tar")) GTEST_SKIP() << "tar is not installed";
  const test::TempDir dir;
  const std::string name =
      "d/" + (GetParam() == "v7" || GetParam() == "ustar" ? std::string(90, 'n') : std::string(240, 'n'));
  dir.write("t/" + name, "hello");
  dir.write("t/d/sparse", "");
  ASSERT_EQ(::truncate((dir.path() / "t/d/sparse").c_str(), 3 << 20), 0);
  {
    const Fd fd(::open((dir.path() / "t/d/sparse").c_str(), O_WRONLY | O_CLOEXEC));
    ASSERT_EQ(::pwrite(fd.get(), "end", 3, 2 << 20), 3);
  }
  const std::string archive = (dir.path() / "a.tar").string();
  std::vector<std::string> command{"tar", "--sort=name", "--format=" + GetParam(), "-cf", archive};
  if (GetParam() != "v7" && GetParam() != "ustar") command.push_back("--sparse");
  command.insert(command.end(), {"-C", (dir.path() / "t").string(), "."});
  const auto made = test::run_program(command);
  ASSERT_EQ(made.code, 0) << made.output;
  ArchiveReader reader = reader_of(dir.read("a.tar"));
  EXPECT_EQ(must(reader.next())->path, "");
  EXPECT_EQ(must(reader.next())->path, "d");
  EXPECT_EQ(must(reader.next())->path, name);
  EXPECT_EQ(data_of(reader), "hello");
  const auto sparse = must(reader.next());
  EXPECT_EQ(sparse->path, "d/sparse");
  EXPECT_EQ(sparse->size, std::uint64_t{3} << 20);
  std::string data = data_of(reader);
  data.resize(3 << 20, '\0');
  EXPECT_EQ(data.find_first_not_of('\0'), std::size_t{2} << 20);
  EXPECT_EQ(data.substr(2 << 20, 3), "end");
  EXPECT_EQ(must(reader.next()), std::nullopt);
}

INSTANTIATE_TEST_SUITE_P(, WrittenByTar, testing::Values("v7", "ustar", "gnu", "oldgnu", "pax"),
                         [](const auto& instance) { return instance.param; });

}  // namespace
}  // namespace mbuild::oci
