#include "builder/snapshot/layer_apply.h"

#include <gmock/gmock.h>
#include <sys/sysmacros.h>

#include "tests/builder/snapshot/layer_fixture.h"
#include "tests/support/run_program.h"

namespace mbuild::builder {
namespace {

using oci::EntryType;
using test::FailsWith;
using test::must;
using test::Succeeds;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr char kOpaque[] = "trusted.overlay.opaque";

// A folder of its own beside files that no archive may reach.
class ApplyLayer : public testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "ownership, devices and trusted xattrs need root";
    dir_.write("outside/secret", "secret");
    std::filesystem::create_directory(dir_.path() / "fs");
    fs_ = Fd(::open((dir_.path() / "fs").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  }

  Result<AppliedLayer> apply_tar(std::string tar, const oci::ArchiveOptions& options = {}) {
    auto reader =
        MBUILD_TRY(oci::ArchiveReader::open(std::make_unique<test::StringSource>(std::move(tar)), options));
    return apply_layer(reader, fs_.get(), OverlayForm(OverlayForm::Xattrs::trusted));
  }
  Result<AppliedLayer> apply(const std::vector<Member>& members) { return apply_tar(tar_of(members)); }

  std::filesystem::path at(const std::string& path) const { return dir_.path() / "fs" / path; }
  std::string text(const std::string& path) const { return dir_.read("fs/" + path); }
  bool is_whiteout(const std::string& path) const {
    const auto status = status_at(at(path));
    return OverlayForm::is_whiteout(status.st_mode, status.st_rdev);
  }
  bool is_opaque(const std::string& path) const {
    char value = 0;
    return ::lgetxattr(at(path).c_str(), kOpaque, &value, 1) == 1 && value == 'y';
  }
  void expect_outside_untouched() const {
    EXPECT_EQ(dir_.read("outside/secret"), "secret");
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(dir_.path() / "outside"))
      ++count;
    EXPECT_EQ(count, 1u);
    EXPECT_EQ(status_at(dir_.path() / "outside/secret").st_nlink, 1u);
  }

  test::TempDir dir_;
  Fd fs_;
};

TEST_F(ApplyLayer, RestoresAllThatAMemberSays) {
  Member ping = file("bin/ping", "elf", 04755);
  ping.entry.uid = 12;
  ping.entry.gid = 34;
  ping.entry.xattrs["security.capability"] = std::string("\1\0\0\2\0\x20\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20);
  ping.entry.xattrs["user.note"] = "kept";
  ping.entry.xattrs["trusted.other"] = "dropped";
  ping.entry.xattrs["trusted.overlay.metacopy"] = "dropped";
  ping.entry.xattrs["user.overlay.opaque"] = "dropped";
  Member bin = directory("bin", 01751);
  bin.entry.uid = bin.entry.gid = 7;
  Member link = symlink("sbin", "bin");
  link.entry.uid = 5;
  link.entry.mtime = -3 * kSecond;
  const auto layer = must(
      apply({directory(".", 0711), bin, ping, link, hardlink("bin/ping6", "bin/ping"),
             device("null", EntryType::character_device, 1, 3), device("disk", EntryType::block_device, 8, 1),
             member("pipe", EntryType::fifo, 0620), file("große Datei", "ä")}));
  EXPECT_EQ(layer.entries, 9u);
  EXPECT_EQ(layer.bytes, 5u);
  EXPECT_FALSE(layer.whiteouts);
  EXPECT_THAT(layer.implied_directories, IsEmpty());

  const auto root = status_at(at(""));
  EXPECT_EQ(root.st_mode & 07777, 0711u);
  EXPECT_EQ(root.st_mtim.tv_sec * kSecond, kBaseTime);
  const auto directory = status_at(at("bin"));
  EXPECT_EQ(directory.st_mode & 07777, 01751u);
  EXPECT_EQ(directory.st_uid, 7u);
  EXPECT_EQ(directory.st_mtim.tv_sec * kSecond, kBaseTime);
  const auto program = status_at(at("bin/ping"));
  EXPECT_EQ(program.st_mode & 07777, 04755u);
  EXPECT_EQ(program.st_uid, 12u);
  EXPECT_EQ(program.st_gid, 34u);
  EXPECT_EQ(program.st_nlink, 2u);
  EXPECT_EQ(program.st_mtim.tv_sec * kSecond, kBaseTime);
  EXPECT_EQ(program.st_ino, status_at(at("bin/ping6")).st_ino);
  char value[64];
  EXPECT_EQ(::lgetxattr(at("bin/ping").c_str(), "security.capability", value, sizeof value), 20);
  EXPECT_EQ(::lgetxattr(at("bin/ping").c_str(), "user.note", value, sizeof value), 4);
  for (const char* dropped : {"trusted.other", "trusted.overlay.metacopy", "user.overlay.opaque"}) {
    EXPECT_EQ(::lgetxattr(at("bin/ping").c_str(), dropped, value, sizeof value), -1) << dropped;
  }
  EXPECT_EQ(std::filesystem::read_symlink(at("sbin")), "bin");
  EXPECT_EQ(status_at(at("sbin")).st_uid, 5u);
  EXPECT_EQ(status_at(at("sbin")).st_mtim.tv_sec, -3);
  EXPECT_EQ(status_at(at("null")).st_rdev, ::makedev(1, 3));
  EXPECT_TRUE(S_ISCHR(status_at(at("null")).st_mode));
  EXPECT_EQ(status_at(at("disk")).st_rdev, ::makedev(8, 1));
  EXPECT_TRUE(S_ISBLK(status_at(at("disk")).st_mode));
  EXPECT_TRUE(S_ISFIFO(status_at(at("pipe")).st_mode));
  EXPECT_EQ(status_at(at("pipe")).st_mode & 07777, 0620u);
  EXPECT_EQ(text("große Datei"), "ä");
}

TEST_F(ApplyLayer, UmaskDoesNotMatter) {
  const mode_t before = ::umask(0777);
  const auto layer = apply({directory("d", 0777), file("d/f", "x", 0666), file("implied/f", "", 0600)});
  ::umask(before);
  ASSERT_THAT(layer, Succeeds());
  EXPECT_EQ(status_at(at("d")).st_mode & 07777, 0777u);
  EXPECT_EQ(status_at(at("d/f")).st_mode & 07777, 0666u);
  EXPECT_EQ(status_at(at("implied")).st_mode & 07777, 0755u);
}

TEST_F(ApplyLayer, TurnsWhiteoutsIntoTheKernelsForm) {
  const auto layer =
      must(apply({directory("d"), file("d/.wh.gone"), directory("o"), file("o/.wh..wh..opq"), file("o/new"),
                  file(".wh.top"), file(".wh..wh.plnk"), directory(".wh..wh.orph"), file(".wh..wh.orph/x")}));
  EXPECT_TRUE(layer.whiteouts);
  EXPECT_FALSE(layer.hides_lower);
  EXPECT_TRUE(is_whiteout("d/gone"));
  EXPECT_TRUE(is_whiteout("top"));
  EXPECT_TRUE(is_opaque("o"));
  EXPECT_FALSE(is_opaque("d"));
  EXPECT_FALSE(std::filesystem::exists(at(".wh..wh.plnk")));
  EXPECT_FALSE(std::filesystem::exists(at(".wh..wh.orph")));
  EXPECT_FALSE(std::filesystem::exists(at("o/.wh..wh..opq")));
}

TEST_F(ApplyLayer, AnOpaqueRootHidesAllLayersBelow) {
  EXPECT_TRUE(must(apply({file(".wh..wh..opq"), file("a")})).hides_lower);
}

TEST_F(ApplyLayer, AWhiteoutOfALaterMemberIsADeletionBelowIt) {
  must(apply({file(".wh.d"), directory("d"), file("d/x"), file(".wh.i"), file("i/x"), file(".wh.f"),
              file("f", "f")}));
  EXPECT_TRUE(is_opaque("d"));
  EXPECT_TRUE(is_opaque("i"));
  EXPECT_EQ(text("f"), "f");
}

TEST_F(ApplyLayer, AWhiteoutReplacesAnEarlierMember) {
  must(apply({directory("d"), file("d/x"), file(".wh.d")}));
  EXPECT_TRUE(is_whiteout("d"));
}

TEST_F(ApplyLayer, RefusesWhiteoutsOfNoName) {
  for (const char* name : {".wh.", ".wh..", ".wh...", "d/.wh."}) {
    EXPECT_THAT(apply({file(name)}), FailsWith(ErrorKind::corrupt, name)) << name;
  }
}

TEST_F(ApplyLayer, TheLastOfDuplicatesWins) {
  Member second = directory("d", 0700);
  second.entry.mtime = kBaseTime + kSecond;
  must(apply({directory("d"), file("d/x", "1"), file("d/x", "22"), second, file("t"), symlink("t", "x"),
              symlink("u", "x"), file("u", "u"), directory("v"), file("v/x"), file("v"), file("w"),
              directory("w", 0711), file("w/x", "w")}));
  EXPECT_EQ(text("d/x"), "22");
  EXPECT_EQ(status_at(at("d")).st_mode & 07777, 0700u);
  EXPECT_EQ(status_at(at("d")).st_mtim.tv_sec * kSecond, kBaseTime + kSecond);
  EXPECT_EQ(std::filesystem::read_symlink(at("t")), "x");
  EXPECT_EQ(text("u"), "u");
  EXPECT_TRUE(std::filesystem::is_regular_file(at("v")));
  EXPECT_EQ(text("w/x"), "w");
  EXPECT_EQ(status_at(at("w")).st_mode & 07777, 0711u);
}

TEST_F(ApplyLayer, AReplacedDirectoryLeavesNoMetadataBehind) {
  const auto layer = must(apply({directory("a", 0700), directory("a/b", 0700), directory("a0", 0711),
                                 file("a"), directory("a", 0750), file("a/b/x")}));
  EXPECT_EQ(status_at(at("a")).st_mode & 07777, 0750u);
  EXPECT_EQ(status_at(at("a/b")).st_mode & 07777, 0755u);
  EXPECT_EQ(status_at(at("a0")).st_mode & 07777, 0711u);
  EXPECT_THAT(layer.implied_directories, ElementsAre("a/b"));
}

TEST_F(ApplyLayer, MakesMissingDirectories) {
  const auto layer = must(apply({file("a/b/c", "c"), directory("a", 0700), file("d/x")}));
  EXPECT_THAT(layer.implied_directories, ElementsAre("a/b", "d"));
  EXPECT_EQ(status_at(at("a/b")).st_mode & 07777, 0755u);
  EXPECT_EQ(status_at(at("a/b")).st_mtim.tv_sec, 0);
  EXPECT_EQ(status_at(at("a")).st_mode & 07777, 0700u);
}

TEST_F(ApplyLayer, FollowsSymlinksWithinTheTree) {
  const auto layer = must(apply({directory("usr"), directory("usr/lib"), symlink("lib", "usr/lib"),
                                 file("lib/a", "a"), symlink("abs", "/usr/lib"), file("abs/b", "b"),
                                 symlink("new", "/opt/x"), file("new/c", "c"), hardlink("h", "abs/a")}));
  EXPECT_EQ(text("usr/lib/a"), "a");
  EXPECT_EQ(text("usr/lib/b"), "b");
  EXPECT_EQ(text("opt/x/c"), "c");
  EXPECT_EQ(text("h"), "a");
  EXPECT_TRUE(std::filesystem::is_symlink(at("lib")));
  EXPECT_THAT(layer.implied_directories, ElementsAre("opt", "opt/x"));
}

TEST_F(ApplyLayer, ContainsSymlinksThatLeadOutside) {
  const std::string outside = (dir_.path() / "outside").string();
  must(apply({symlink("abs", outside), file("abs/secret", "mine"), symlink("up", "../../../../outside"),
              file("up/other", "mine"), symlink("direct", outside + "/secret"), file("direct", "mine")}));
  expect_outside_untouched();
  EXPECT_EQ(text(outside.substr(1) + "/secret"), "mine");
  EXPECT_EQ(text("outside/other"), "mine");
  EXPECT_EQ(text("direct"), "mine");
}

TEST_F(ApplyLayer, DirectoryMembersDoNotFollowSymlinks) {
  must(apply({symlink("d", "../outside"), directory("d", 0700)}));
  EXPECT_TRUE(S_ISDIR(status_at(at("d")).st_mode));
  EXPECT_NE(status_at(dir_.path() / "outside").st_mode & 07777, 0700u);
}

TEST_F(ApplyLayer, RefusesHardlinksToWhatTheArchiveDoesNotHold) {
  for (const char* target : {"outside/secret", "missing", "d", "sym/secret", "h"}) {
    const auto result = apply({directory("d"), symlink("sym", "../outside"), hardlink("h", target)});
    ASSERT_FALSE(result) << target;
    EXPECT_THAT(result.error().message(), testing::HasSubstr("\"h\"")) << target;
  }
  expect_outside_untouched();
}

TEST_F(ApplyLayer, RefusesSymlinkLoopsAndFilesOnTheWay) {
  EXPECT_THAT(apply({symlink("a", "b"), symlink("b", "a"), file("a/x")}), FailsWith(ErrorKind::io, "a/x"));
  EXPECT_THAT(apply({file("f"), file("f/x")}), FailsWith(ErrorKind::corrupt, "f is not a directory"));
  EXPECT_THAT(apply({member("p", EntryType::fifo, 0600), file("p/x")}), FailsWith(ErrorKind::corrupt, "p"));
}

TEST_F(ApplyLayer, RefusesHostileNames) {
  for (const char* name : {"../outside/new", "a/../../outside/new", "/../outside/new"}) {
    EXPECT_THAT(apply({file(name, "x")}), FailsWith(ErrorKind::corrupt, name));
  }
  EXPECT_THAT(apply({file("../../" + dir_.str().substr(1) + "/outside/secret", "x")}),
              FailsWith(ErrorKind::corrupt, ""));
  EXPECT_THAT(apply({file(std::string(256, 'n'))}), FailsWith(ErrorKind::io, "nnn"));
  EXPECT_THAT(apply({file(std::string(100'000, 'n'))}), FailsWith(ErrorKind::corrupt, "100000 bytes"));
  EXPECT_THAT(apply({file(".")}), FailsWith(ErrorKind::corrupt, "root"));
  expect_outside_untouched();
  must(apply({file("/absolute", "a"), file("./dot/../b", "b")}));
  EXPECT_EQ(text("absolute"), "a");
  EXPECT_EQ(text("b"), "b");
}

TEST_F(ApplyLayer, TakesNamesAndPathsAsLongAsTheKernelDoes) {
  std::string deep;
  while (deep.size() + 256 < 4000) deep += std::string(255, 'd') + "/";
  deep += std::string(255, 'f');
  must(apply({file(deep, "deep")}));
  std::string many;
  for (int i = 0; i < 300; ++i) many += "e/";
  must(apply({file(many + "f", "many"), file(many + "g", "more")}));
  EXPECT_EQ(text(many + "g"), "more");
}

TEST_F(ApplyLayer, KeepsHoles) {
  if (!test::has_program("tar")) GTEST_SKIP() << "tar is not installed";
  set_file(dir_.path() / "sparse", "start");
  std::filesystem::resize_file(dir_.path() / "sparse", 1 << 30);
  const std::string archive = (dir_.path() / "a.tar").string();
  ASSERT_EQ(test::run_program({"tar", "--sparse", "-cf", archive, "-C", dir_.str(), "sparse"}).code, 0);
  must(apply_tar(dir_.read("a.tar")));
  const auto status = status_at(at("sparse"));
  EXPECT_EQ(status.st_size, 1 << 30);
  EXPECT_LT(status.st_blocks, 100);
}

TEST_F(ApplyLayer, HoldsTheLimit) {
  oci::ArchiveOptions options;
  options.limits.bytes = 100;
  EXPECT_THAT(apply_tar(tar_of({file("a", std::string(60, 'a')), file("b", std::string(60, 'b'))}), options),
              FailsWith(ErrorKind::no_space, "\"b\""));
}

}  // namespace
}  // namespace mbuild::builder
