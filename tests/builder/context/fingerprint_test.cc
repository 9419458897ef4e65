#include "builder/context/fingerprint.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "tests/builder/context/tree_text.h"

namespace mbuild::builder {

namespace {

constexpr const char* kTree =
    "f a 644 1:2 =one #user.k=v\n"
    "f d/b 755 =two\n"
    "d d/e 700\n"
    "f d/e/c =three\n"
    "l d/l 3:4 >b\n"
    "p d/p 600\n"
    "c d/dev 600 >1:3\n"
    "f d/x =twin\nf d/y =twin\n"
    "f d/big.log =log\n";

class FingerprintTest : public testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "owners and device nodes need root";
  }

  static Selection select_in(const SourceTree& tree, const SelectRequest& request) {
    return select(tree, request).value();
  }

  // Of a tree written as text.
  static oci::Digest of(const std::string& text,
                        const SelectRequest& request = {.sources = {"."}, .exclude = {}},
                        Ownership ownership = Ownership::keep, const std::vector<std::string>& ignore = {},
                        const FingerprintOptions& options = {}) {
    const test::TemporaryDirectory files;
    test::make_tree(files.path(), text);
    SourceTree tree{.root = files.fd(), .ignore = {}, .ownership = ownership};
    tree.ignore = parser::PatternMatcher::compile(ignore).value();
    Selection selection = select_in(tree, request);
    return fingerprint(tree, selection, options).value();
  }

  // kTree with one line replaced; an empty `now` removes it.
  static std::string with(const std::string& was, const std::string& now) {
    std::string text = kTree;
    const std::size_t at = text.find(was);
    EXPECT_NE(at, std::string::npos) << was;
    return text.replace(at, was.size(), now);
  }
};

TEST_F(FingerprintTest, IsAFunctionOfTheTree) {
  EXPECT_EQ(of(kTree), of(kTree));
  EXPECT_FALSE(of(kTree).empty());
}

TEST_F(FingerprintTest, AnyVisibleChangeChangesIt) {
  const std::pair<const char*, const char*> changes[] = {
      {"=one", "=onE"},                   // content
      {"=one", "=on"},                    // size
      {"=one", ""},                       //
      {"f a 644", "f a 645"},             // mode
      {"f a 644", "f a 4644"},            //
      {"d d/e 700", "d d/e 701"},         // a directory's mode
      {"1:2", "9:2"},                     // user
      {"1:2", "1:9"},                     // group
      {"l d/l 3:4", "l d/l 3:5"},         // a link's owner
      {"l d/l 3:4 >b", "l d/l 3:4 >B"},   // a link's target
      {"f a ", "f A "},                   // name
      {"f d/e/c", "f d/e/C"},             // name further down
      {"d d/e 700", "d d/e 700\nd d/f"},  // an empty directory more
      {"f d/b", "f d/b2"},                //
      {"f d/x =twin\n", ""},              // a file less
      {"p d/p 600", "f d/p 600"},         // type
      {"p d/p 600", "s d/p 600"},         //
      {">1:3", ">1:5"},                   // device number
      {">1:3", ">2:3"},                   //
      {"c d/dev", "b d/dev"},             // kind of device
      {"#user.k=v", "#user.k=w"},         // xattr
      {"#user.k=v", "#user.j=v"},         //
      {"#user.k=v", ""},                  //
      {"f d/y =twin", "h d/y >d/x"},      // one file instead of two equal ones
      {"d d/e 700\n", "d d/e 700 #user.k=v\n"},
  };
  std::vector<oci::Digest> seen{of(kTree)};
  for (const auto& [was, now] : changes) {
    const oci::Digest digest = of(with(was, now));
    EXPECT_EQ(std::ranges::count(seen, digest), 0) << was << " -> " << now;
    seen.push_back(digest);
  }
}

TEST_F(FingerprintTest, TimesDoNotCount) {
  const oci::Digest before = of(kTree);
  EXPECT_EQ(of(with("=one", "=one @12345.6")), before);
  EXPECT_EQ(of(with("l d/l 3:4", "l d/l 3:4 @12345")), before);
  EXPECT_EQ(of(with("d d/e 700", "d d/e 700 @12345")), before);
}

TEST_F(FingerprintTest, UmaskDoesNotCount) {
  const oci::Digest before = of(kTree);
  const mode_t mask = ::umask(077);
  EXPECT_EQ(of(kTree), before);
  ::umask(mask);
}

TEST_F(FingerprintTest, OrderOfCreationDoesNotCount) {
  std::string reversed =
      "f d/big.log =log\nf d/y =twin\nf d/x =twin\nc d/dev 600 >1:3\np d/p 600\nl d/l 3:4 >b\n";
  reversed += "d d/e 700\nf d/e/c =three\nf d/b 755 =two\nf a 644 1:2 =one #user.k=v\n";
  EXPECT_EQ(of(reversed), of(kTree));
}

TEST_F(FingerprintTest, NumberOfThreadsDoesNotCount) {
  const SelectRequest all{.sources = {"."}, .exclude = {}};
  EXPECT_EQ(of(kTree, all, Ownership::keep, {}, {.roots_count = false, .threads = 1}),
            of(kTree, all, Ownership::keep, {}, {.roots_count = false, .threads = 8}));
}

TEST_F(FingerprintTest, OwnersOfAContextDoNotCount) {
  const SelectRequest all{.sources = {"."}, .exclude = {}};
  EXPECT_EQ(of(kTree, all, Ownership::root), of(with("1:2", "9:9"), all, Ownership::root));
  EXPECT_NE(of(kTree, all, Ownership::root), of(kTree, all, Ownership::keep));
}

TEST_F(FingerprintTest, OtherFilesDoNotCount) {
  const SelectRequest only_d{.sources = {"d"}, .exclude = {}};
  EXPECT_EQ(of(kTree, only_d), of(with("=one", "=changed"), only_d));
  EXPECT_NE(of(kTree, only_d), of(with("=two", "=changed"), only_d));
}

TEST_F(FingerprintTest, IgnoredFilesDoNotCount) {
  const SelectRequest all{.sources = {"."}, .exclude = {}};
  const std::vector<std::string> logs{"**/*.log"};
  EXPECT_EQ(of(kTree, all, Ownership::keep, logs), of(with("=log", "=more"), all, Ownership::keep, logs));
  EXPECT_EQ(of(kTree, all, Ownership::keep, logs),
            of(with("f d/big.log =log\n", ""), all, Ownership::keep, logs));
  EXPECT_NE(of(kTree, all), of(with("=log", "=more"), all));
}

TEST_F(FingerprintTest, ExcludedFilesDoNotCount) {
  const SelectRequest no_logs{.sources = {"."}, .exclude = {"**/*.log"}};
  EXPECT_EQ(of(kTree, no_logs), of(with("=log", "=more"), no_logs));
  EXPECT_EQ(of(kTree, no_logs), of(with("f d/big.log =log\n", ""), no_logs));
}

TEST_F(FingerprintTest, NamesOfFilesCountNamesOfDirectoriesDoNot) {
  const auto source = [](const char* name) { return SelectRequest{.sources = {name}, .exclude = {}}; };
  EXPECT_NE(of("f a =1", source("a")), of("f b =1", source("b")));
  EXPECT_NE(of("f a.c =1", source("*.c")), of("f b.c =1", source("*.c")));
  EXPECT_EQ(of("f a/f =1", source("a")), of("f b/f =1", source("b")));
  EXPECT_EQ(of("l n >a\nf a =1", source("n")), of("l n >b\nf b =1", source("n")));
}

TEST_F(FingerprintTest, RootsCountOnlyWhenAsked) {
  const SelectRequest source{.sources = {"d"}, .exclude = {}};
  const std::string was = "d d 755\nf d/a =1";
  const std::string now = "d d 700 5:6 #user.k=v\nf d/a =1";
  EXPECT_EQ(of(was, source), of(now, source));
  const FingerprintOptions roots{.roots_count = true};
  EXPECT_NE(of(was, source, Ownership::keep, {}, roots), of(now, source, Ownership::keep, {}, roots));
}

TEST_F(FingerprintTest, GroupingOfSourcesCounts) {
  const std::string tree = "f d/a =1\nf e/b =2\nf a =1\nf b =2";
  const auto sources = [](std::vector<std::string> names) {
    return SelectRequest{.sources = std::move(names), .exclude = {}};
  };
  const std::vector<oci::Digest> all{of(tree, sources({"d", "e"})), of(tree, sources({"e", "d"})),
                                     of(tree, sources({"a", "b"})), of(tree, sources({"d"})),
                                     of(tree, sources({"a"})),      of(tree, sources({"z*"})),
                                     of(tree, sources({"."}))};
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(std::ranges::count(all, all[i]), 1) << i;
  }
}

TEST_F(FingerprintTest, TextsCountByNameAndContent) {
  const auto text = [](const char* name, const char* content) {
    Selection selection;
    add_text(selection, name, content);
    return fingerprint(SourceTree(), selection).value();
  };
  EXPECT_EQ(text("a", "1"), text("a", "1"));
  EXPECT_NE(text("a", "1"), text("a", "2"));
  EXPECT_NE(text("a", "1"), text("b", "1"));
  const SelectRequest a{.sources = {"a"}, .exclude = {}};
  EXPECT_EQ(text("a", "1"), of("f a 644 =1", a));  // it lands the same
}

TEST_F(FingerprintTest, FillsInContentsAndXattrs) {
  const test::TemporaryDirectory files;
  test::make_tree(files.path(), "f a =1 #user.k=v\nf d/b =2");
  const SourceTree tree{.root = files.fd(), .ignore = {}};
  Selection selection = select_in(tree, {.sources = {"."}, .exclude = {}});
  EXPECT_FALSE(selection.fingerprinted);
  ASSERT_TRUE(fingerprint(tree, selection));
  EXPECT_TRUE(selection.fingerprinted);
  const SourceDirectory& top = *selection.sources[0].file.children;
  EXPECT_EQ(top.files[0].content, oci::Digest::of("1"));
  EXPECT_EQ(top.files[0].xattrs, (XattrMap{{"user.k", "v"}}));
  EXPECT_EQ(top.files[1].children->files[0].content, oci::Digest::of("2"));
}

TEST_F(FingerprintTest, ListsFilesSoThatTheOneThatChangedCanBeNamed) {
  const test::TemporaryDirectory files;
  const SourceTree tree{.root = files.fd(), .ignore = {}};
  const auto list = [&] {
    Selection selection = select_in(tree, {.sources = {"d", "a"}, .exclude = {}});
    add_text(selection, "text", "1");
    EXPECT_TRUE(fingerprint(tree, selection));
    return list_files(selection);
  };
  test::make_tree(files.path(), "f a =1\nf d/b =2\nf d/e/c =3");
  const std::vector<FileDigest> before = list();
  test::make_tree(files.path(), "f d/e/c =4");
  const std::vector<FileDigest> after = list();
  std::vector<std::string> paths, changed;
  for (std::size_t i = 0; i < before.size(); ++i) {
    paths.push_back(before[i].path);
    if (before[i].digest != after[i].digest) changed.push_back(after[i].path);
  }
  EXPECT_EQ(paths, (std::vector<std::string>{"d/b", "d/e", "d/e/c", "a", "text"}));
  EXPECT_EQ(changed, std::vector<std::string>{"d/e/c"});
}

TEST_F(FingerprintTest, FileThatChangedSinceItWasSelectedIsDescribedAnew) {
  const test::TemporaryDirectory files;
  test::make_tree(files.path(), "f a =1");
  const SourceTree tree{.root = files.fd(), .ignore = {}};
  Selection selection = select_in(tree, {.sources = {"a"}, .exclude = {}});
  test::make_tree(files.path(), "f a 600 =longer");
  ASSERT_TRUE(fingerprint(tree, selection));
  EXPECT_EQ(selection.sources[0].file.identity.size, 6U);
  EXPECT_EQ(selection.sources[0].file.mode, 0600U);
  EXPECT_EQ(selection.sources[0].file.content, oci::Digest::of("longer"));
}

TEST_F(FingerprintTest, FileThatIsGoneIsAnError) {
  const test::TemporaryDirectory files;
  test::make_tree(files.path(), "f d/a =1");
  const SourceTree tree{.root = files.fd(), .ignore = {}};
  Selection selection = select_in(tree, {.sources = {"d"}, .exclude = {}});
  std::filesystem::remove(files.path() + "/d/a");
  const auto digest = fingerprint(tree, selection);
  ASSERT_FALSE(digest);
  EXPECT_EQ(digest.error().kind(), ErrorKind::not_found);
  EXPECT_NE(digest.error().message().find("/d/a"), std::string::npos);
}

TEST_F(FingerprintTest, FilesLargerThanTheBuffer) {
  const std::string large(3'000'001, 'x');
  const test::TemporaryDirectory files;
  test::make_tree(files.path(), "f a =" + large);
  const SourceTree tree{.root = files.fd(), .ignore = {}};
  Selection selection = select_in(tree, {.sources = {"a"}, .exclude = {}});
  ASSERT_TRUE(fingerprint(tree, selection));
  EXPECT_EQ(selection.sources[0].file.content, oci::Digest::of(large));
}

// Symlinks to places outside, FIFOs and devices must not be read, whatever they are named.
TEST_F(FingerprintTest, HostileTrees) {
  const test::TemporaryDirectory files;
  test::make_tree(
      files.path(),
      "l root >/\nl up >../../../..\nl proc >/proc/self/root/etc/passwd\np fifo\nc zero 666 >1:5\ns sock\n"
      "l loop >loop\nl d/deep >../../../../../../../etc/shadow\n");
  const SourceTree tree{.root = files.fd(), .ignore = {}};
  Selection all = select_in(tree, {.sources = {"."}, .exclude = {}});
  EXPECT_TRUE(fingerprint(tree, all));
  for (const char* name : {"root", "up"}) {  // both lead to the tree's own root
    Selection selection = select_in(tree, {.sources = {name}, .exclude = {}});
    EXPECT_EQ(selection.sources[0].file.children->files.size(), 8U) << name;
  }
  for (const char* name : {"proc", "d/deep", "root/etc/passwd", "up/etc/passwd", "loop"}) {
    EXPECT_FALSE(select(tree, {.sources = {name}, .exclude = {}})) << name;
  }
}

}  // namespace

}  // namespace mbuild::builder
