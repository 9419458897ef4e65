// ADD of local archives: SEMANTICS A11, "ADD specifics", and item 10.
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "builder/context/fingerprint.h"
#include "builder/exec/copy_engine.h"
#include "tests/builder/context/archive_maker.h"
#include "tests/builder/context/tree_text.h"

namespace mbuild::builder {

namespace {

using test::directory;
using test::file;
using test::hardlink;
using test::make_archive;
using test::Member;
using test::normal_tree_text;
using test::symlink;
using test::tree_text;

class AddArchive : public testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "owners and device nodes need root";
  }

  void put(const std::string& name, const std::string& content) {
    std::ofstream(source_.path() + "/" + name, std::ios::binary) << content;
  }

  Result<CopyOutcome> add(const std::string& pattern, const std::string& destination) {
    const SourceTree tree{.root = source_.fd(), .ignore = {}};
    Selection selection = select(tree, {.sources = {pattern}, .exclude = {}}).value();
    MBUILD_CHECK(fingerprint(tree, selection));
    options_.unpack = true;
    return copy_files(tree, selection, root_.fd(), destination, options_);
  }

  // What ADD makes of one archive.
  std::string unpacked(const std::vector<Member>& members, const std::string& like = {}) {
    put("a", make_archive(members));
    const auto outcome = add("a", "/x");
    if (!outcome) return "error: " + outcome.error().message();
    return tree_text(root_.path(), like);
  }

  test::TemporaryDirectory source_;
  test::TemporaryDirectory root_;
  CopyOptions options_;
};

TEST_F(AddArchive, IsToldByItsContent) {
  for (const char* filter : {"", "gzip", "bzip2", "xz", "zstd"}) {
    put("no-hint-in-the-name", make_archive({file("f", "1")}, filter));
    ASSERT_TRUE(add("no-hint-in-the-name", std::string("/x") + filter)) << filter;
  }
  EXPECT_EQ(tree_text(root_.path()),
            normal_tree_text("f x/f =1\nf xgzip/f =1\nf xbzip2/f =1\nf xxz/f =1\nf xzstd/f =1"));
}

TEST_F(AddArchive, WhatIsNoArchiveIsCopied) {
  put("text.tar", "no archive");
  put("empty.tar", "");
  put("nothing-in-it.tar", make_archive({}));
  put("zeros.tar", std::string(4096, '\0'));
  put("gzip", "\x1f\x8b only the magic");
  ASSERT_TRUE(add("*", "/x/"));
  struct stat status {};
  for (const char* name : {"text.tar", "empty.tar", "nothing-in-it.tar", "zeros.tar", "gzip"}) {
    EXPECT_EQ(::stat((root_.path() + "/x/" + name).c_str(), &status), 0) << name;
  }
}

TEST_F(AddArchive, CompressedTextIsCopied) {
  std::string text = make_archive({file("f", "1")}, "gzip");
  put("truncated.tgz", text.substr(0, 20));
  ASSERT_TRUE(add("truncated.tgz", "/x/"));
  EXPECT_EQ(::access((root_.path() + "/x/truncated.tgz").c_str(), F_OK), 0);
}

TEST_F(AddArchive, DamageFurtherOnIsAnError) {
  std::string text = make_archive({file("f", std::string(100'000, 'x')), file("g", "2")});
  put("a", text.substr(0, 50'000));
  const auto outcome = add("a", "/x");
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind(), ErrorKind::corrupt);
}

TEST_F(AddArchive, EveryMatchIsUnpacked) {
  put("a.tar", make_archive({file("f", "1")}));
  put("b.tar", make_archive({file("g", "2")}));
  put("c.txt", "3");
  ASSERT_TRUE(add("*", "/x/"));
  EXPECT_EQ(tree_text(root_.path()), normal_tree_text("f x/c.txt =3\nf x/f =1\nf x/g =2"));
}

TEST_F(AddArchive, DestinationIsADirectoryWhateverItsForm) {
  test::make_tree(root_.path(), "l x >t\nd t 700 3:4");
  EXPECT_EQ(unpacked({file("f", "1")}), normal_tree_text("d t 700 3:4\nf t/f =1\nl x >t"));
}

TEST_F(AddArchive, DestinationThatIsAFileIsAnError) {
  test::make_tree(root_.path(), "f x");
  EXPECT_NE(unpacked({file("f", "1")}).find("mkdir /x: not a directory"), std::string::npos);
}

TEST_F(AddArchive, KeepsWhatTheArchiveSays) {
  Member f = file("d/f", "1");
  f.entry.mode = 04751;
  f.entry.uid = 11;
  f.entry.gid = 22;
  f.entry.mtime = 1'234'567'890'000'000'007;
  f.entry.xattrs["user.k"] = "v";
  Member d = directory("d");
  d.entry.mode = 01770;
  d.entry.uid = 33;
  Member l = symlink("l", "/d/f");
  l.entry.gid = 44;
  Member p = directory("p");
  p.entry.type = oci::EntryType::fifo;
  Member c = directory("c");
  c.entry.type = oci::EntryType::character_device;
  c.entry.device_major = 1;
  c.entry.device_minor = 3;
  const std::string expected =
      "d x/d 1770 33:0 @1000000000.0\nf x/d/f 4751 11:22 =1 @1234567890.7 #user.k=v\n"
      "l x/l 0:44 >/d/f @1000000000.0\np x/p 755\nc x/c 755 >1:3\nh x/h >x/d/f";
  const std::string text = unpacked({d, f, l, p, c, hardlink("h", "d/f")}, expected);
  // The hardlink's own header goes for the file: it comes last.
  EXPECT_EQ(text,
            normal_tree_text("d x/d 1770 33:0 @1000000000.0\nf x/d/f 644 =1 @1000000000.0 #user.k=v\n"
                             "l x/l 0:44 >/d/f @1000000000.0\np x/p 755\nc x/c 755 >1:3\nh x/h >x/d/f"));
}

TEST_F(AddArchive, MakesParentsThatItDoesNotMention) {
  options_.chown = Owner{.uid = 5, .gid = 6};
  EXPECT_EQ(unpacked({file("d/e/f", "1")}),
            normal_tree_text("d x 5:6\nd x/d 0:0\nd x/d/e 0:0\nf x/d/e/f 5:6 =1"));
}

TEST_F(AddArchive, ChmodHasNoSay) {
  options_.chmod = ChmodMode::parse("600").value();
  EXPECT_EQ(unpacked({directory("d"), file("d/f", "1")}), normal_tree_text("f x/d/f =1"));
}

TEST_F(AddArchive, ReplacesWhateverIsThere) {
  test::make_tree(root_.path(),
                  "f x/dir/old\nf x/file =old\nd x/merged 700\nf x/merged/k =kept\nf x/was-a-file");
  EXPECT_EQ(
      unpacked({file("dir", "new"), symlink("file", "t"), directory("merged"), directory("was-a-file")}),
      normal_tree_text("f x/dir =new\nl x/file >t\nf x/merged/k =kept\nd x/was-a-file"));
}

TEST_F(AddArchive, ReplacesALinkInsteadOfFollowingIt) {
  test::make_tree(root_.path(), "f t =old\nl x/f >/t");
  EXPECT_EQ(unpacked({file("f", "new")}), normal_tree_text("f t =old\nf x/f =new"));
}

TEST_F(AddArchive, NamesThatLookLikeWhiteoutsAreNames) {
  test::make_tree(root_.path(), "f x/victim");
  EXPECT_EQ(unpacked({file(".wh.victim", "1"), file(".wh..wh..opq", "2")}),
            normal_tree_text("f x/victim\nf x/.wh.victim =1\nf x/.wh..wh..opq =2"));
}

TEST_F(AddArchive, FollowsLinksToDirectoriesInsideTheDestination) {
  test::make_tree(root_.path(), "l x/abs >/real\nl x/rel >real\nd x/real");
  EXPECT_EQ(unpacked({file("abs/f", "1"), file("rel/g", "2")}),
            normal_tree_text("l x/abs >/real\nl x/rel >real\nf x/real/f =1\nf x/real/g =2"));
}

TEST_F(AddArchive, HostileNamesStayInside) {
  EXPECT_NE(unpacked({file("../out", "1")}).find("leads out of the archive"), std::string::npos);
  EXPECT_NE(unpacked({symlink("l", ".."), file("l/out", "1")}).find("leads out of the root"),
            std::string::npos);
  EXPECT_NE(unpacked({hardlink("h", "../../etc/passwd")}).find("leads out of the archive"),
            std::string::npos);
  EXPECT_NE(
      unpacked({symlink("a", "b"), symlink("b", "a"), file("a/f", "1")}).find("too many symbolic links"),
      std::string::npos);
  EXPECT_NE(unpacked({hardlink("h", "none")}).find("No such file"), std::string::npos);
  EXPECT_EQ(::access((root_.path() + "/out").c_str(), F_OK), -1);
}

TEST_F(AddArchive, AbsoluteNamesAndLinksAreTakenFromTheDestination) {
  EXPECT_EQ(unpacked({file("/etc/passwd", "1"), symlink("l", "/etc"), file("l/g", "2"),
                      hardlink("h", "/etc/passwd")}),
            normal_tree_text("f x/etc/passwd =1\nf x/etc/g =2\nh x/h >x/etc/passwd\nl x/l >/etc"));
}

TEST_F(AddArchive, TimesBefore1970Become1970) {
  Member f = file("f", "1");
  f.entry.mtime = -5'000'000'000;
  const std::string expected = "f x/f =1 @0.0";
  EXPECT_EQ(unpacked({f}, expected), normal_tree_text(expected));
}

TEST_F(AddArchive, LaterMembersWin) {
  EXPECT_EQ(unpacked({file("f", "1"), file("f", "2"), directory("d"), file("d", "3")}),
            normal_tree_text("f x/f =2\nf x/d =3"));
}

TEST_F(AddArchive, WithoutUnpackItIsCopied) {
  put("a", make_archive({file("f", "1")}));
  const SourceTree tree{.root = source_.fd(), .ignore = {}};
  Selection selection = select(tree, {.sources = {"a"}, .exclude = {}}).value();
  ASSERT_TRUE(fingerprint(tree, selection));
  ASSERT_TRUE(copy_files(tree, selection, root_.fd(), "/x/", options_));
  EXPECT_EQ(::access((root_.path() + "/x/a").c_str(), F_OK), 0);
}

TEST_F(AddArchive, ThatChangedSinceItWasFingerprintedIsNoticed) {
  put("a", make_archive({file("f", "1")}));
  const SourceTree tree{.root = source_.fd(), .ignore = {}};
  Selection selection = select(tree, {.sources = {"a"}, .exclude = {}}).value();
  ASSERT_TRUE(fingerprint(tree, selection));
  put("a", make_archive({file("f", "2")}));
  options_.unpack = true;
  const auto outcome = copy_files(tree, selection, root_.fd(), "/x/", options_);
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->changed, std::vector<std::string>{"a"});
}

}  // namespace

}  // namespace mbuild::builder
