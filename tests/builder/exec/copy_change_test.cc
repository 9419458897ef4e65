// Files that are not any more what was fingerprinted, and other things that a table row cannot say.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "builder/context/fingerprint.h"
#include "builder/exec/copy_engine.h"
#include "builder/exec/copy_target.h"
#include "tests/builder/context/tree_text.h"

namespace mbuild::builder {

namespace {

using test::make_tree;
using test::normal_tree_text;
using test::tree_text;

class CopyChange : public testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "owners need root";
    tree_.root = source_.fd();
  }

  void select_all() {
    selection_ = select(tree_, {.sources = {"."}, .exclude = {}}).value();
    ASSERT_TRUE(fingerprint(tree_, selection_));
  }

  std::vector<std::string> changed() {
    auto outcome = copy_files(tree_, selection_, root_.fd(), "/x", options_);
    EXPECT_TRUE(outcome) << outcome.error().message();
    return outcome ? outcome->changed : std::vector<std::string>{"error"};
  }

  void put(const std::string& name, const std::string& content) {
    std::ofstream(source_.path() + "/" + name, std::ios::binary) << content;
  }

  test::TemporaryDirectory source_;
  test::TemporaryDirectory root_;
  SourceTree tree_;
  Selection selection_;
  CopyOptions options_;
};

using Paths = std::vector<std::string>;

TEST_F(CopyChange, NothingChanged) {
  make_tree(source_.path(), "f a =1\nf d/b =2");
  select_all();
  EXPECT_EQ(changed(), Paths());
}

TEST_F(CopyChange, ContentOfTheSameSize) {
  make_tree(source_.path(), "f d/b =2");
  select_all();
  put("d/b", "3");
  EXPECT_EQ(changed(), Paths{"d/b"});
}

TEST_F(CopyChange, ContentOfTheSameSizeAndTime) {
  make_tree(source_.path(), "f b =2 @7");
  select_all();
  put("b", "3");
  make_tree(source_.path(), "f b =3 @7");
  EXPECT_EQ(changed(), Paths{"b"});
}

TEST_F(CopyChange, Size) {
  make_tree(source_.path(), "f a =1\nf b =22");
  select_all();
  put("a", "");
  EXPECT_EQ(changed(), Paths{"a"});
}

TEST_F(CopyChange, LargeFile) {
  put("large", std::string(1 << 20, 'x'));
  select_all();
  selection_.sources[0].file.children->files[0].racy = false;  // so that the bytes are not compared
  std::fstream(source_.path() + "/large").seekp(500'000) << "y";
  EXPECT_EQ(changed(), Paths{"large"});
}

TEST_F(CopyChange, LargeRacyFileIsComparedByItsBytes) {
  put("large", std::string(1 << 20, 'x'));
  select_all();
  SourceFile& file = selection_.sources[0].file.children->files[0];
  ASSERT_TRUE(file.racy);
  std::fstream(source_.path() + "/large").seekp(500'000) << "y";
  struct stat status {};
  ASSERT_EQ(::stat((source_.path() + "/large").c_str(), &status), 0);
  file.identity = FileIdentity::of(status);  // as if the clock had not ticked between the two
  EXPECT_EQ(changed(), Paths{"large"});
}

TEST_F(CopyChange, Removed) {
  make_tree(source_.path(), "f a =1\nf b =2");
  select_all();
  std::filesystem::remove(source_.path() + "/b");
  EXPECT_EQ(changed(), Paths{"b"});
}

TEST_F(CopyChange, DirectoryRemoved) {
  make_tree(source_.path(), "f a =1\nf d/b =2");
  select_all();
  std::filesystem::remove_all(source_.path() + "/d");
  EXPECT_EQ(changed(), Paths{"d"});
}

TEST_F(CopyChange, BecameALink) {
  make_tree(source_.path(), "f b =2");
  select_all();
  std::filesystem::remove(source_.path() + "/b");
  make_tree(source_.path(), "l b >/etc/passwd");
  EXPECT_EQ(changed(), Paths{"b"});
}

TEST_F(CopyChange, BecameAFifo) {
  make_tree(source_.path(), "f b =2");
  select_all();
  std::filesystem::remove(source_.path() + "/b");
  make_tree(source_.path(), "p b");
  EXPECT_EQ(changed(), Paths{"b"});
}

TEST_F(CopyChange, MetadataAlone) {
  make_tree(source_.path(), "f b 644 =2");
  select_all();
  ASSERT_EQ(::chmod((source_.path() + "/b").c_str(), 0600), 0);
  EXPECT_EQ(changed(), Paths{"b"});
}

TEST_F(CopyChange, AcceptedFilesAreCopiedAsTheyAre) {
  make_tree(source_.path(), "f a =1\nf b =2\nf c =3");
  select_all();
  put("a", "longer than before");
  std::filesystem::remove(source_.path() + "/b");
  options_.accept_changes = true;
  EXPECT_EQ(changed(), (Paths{"a", "b"}));
  std::ifstream copied(root_.path() + "/x/a");
  std::string text;
  std::getline(copied, text);
  EXPECT_EQ(text, "longer than before");
  EXPECT_FALSE(std::filesystem::exists(root_.path() + "/x/b"));
  EXPECT_TRUE(std::filesystem::exists(root_.path() + "/x/c"));
}

TEST_F(CopyChange, MutableTreesMustBeFingerprinted) {
  make_tree(source_.path(), "f a =1");
  selection_ = select(tree_, {.sources = {"."}, .exclude = {}}).value();
  EXPECT_EQ(copy_files(tree_, selection_, root_.fd(), "/x", options_).error().kind(), ErrorKind::internal);
}

TEST_F(CopyChange, ImmutableTreesNeedNotBe) {
  make_tree(source_.path(), "f a =1 #user.k=v\nf d/b =2");
  tree_.immutable = true;
  selection_ = select(tree_, {.sources = {"."}, .exclude = {}}).value();
  EXPECT_EQ(changed(), Paths());
  EXPECT_EQ(tree_text(root_.path()), normal_tree_text("f x/a =1 #user.k=v\nf x/d/b =2"));
}

// SEMANTICS, item 37: what copying again would change is nothing but times.
TEST_F(CopyChange, CopyingAgainChangesNothing) {
  make_tree(source_.path(), "f a 640 =1 @5.5\nd d/e 711 @6.6\nl d/l >t @7.7\nf d/f =2\nh d/h >d/f\np d/p");
  select_all();
  EXPECT_EQ(changed(), Paths());
  const std::string timed = "f x/a @0\nd x/d/e @0\nl x/d/l @0\nf x/d/f @0";
  const std::string first = tree_text(root_.path(), timed);
  EXPECT_EQ(changed(), Paths());
  EXPECT_EQ(tree_text(root_.path(), timed), first);
}

TEST_F(CopyChange, ManyFilesInManyDirectoriesOnSeveralThreads) {
  std::string text;
  for (int d = 0; d < 40; ++d) {
    for (int f = 0; f < 30; ++f) {
      text += "f d" + std::to_string(d % 7) + "/e" + std::to_string(d) + "/f" + std::to_string(f) + " =" +
              std::to_string(d * f) + "\n";
    }
  }
  for (int f = 0; f < 700; ++f) text += "f flat/f" + std::to_string(f) + " =" + std::to_string(f) + "\n";
  make_tree(source_.path(), text);
  options_.threads = 4;
  select_all();
  EXPECT_EQ(changed(), Paths());
  EXPECT_EQ(tree_text(root_.path() + "/x"), tree_text(source_.path()));
}

TEST_F(CopyChange, DeepDirectories) {
  std::string path;
  for (int depth = 0; depth < 400; ++depth) path += "d/";
  make_tree(source_.path(), "f " + path + "f =1");
  select_all();
  EXPECT_EQ(changed(), Paths());
  EXPECT_TRUE(std::filesystem::exists(root_.path() + "/x/" + path + "f"));
}

TEST_F(CopyChange, LargeFilesAreEqualByteForByte) {
  std::string content;
  for (int i = 0; i < 300'000; ++i) content += std::to_string(i);
  put("large", content);
  select_all();
  EXPECT_EQ(changed(), Paths());
  EXPECT_EQ(tree_text(root_.path() + "/x"), tree_text(source_.path()));
}

TEST(AbsoluteDestination, Table) {
  const struct {
    const char* directory;
    const char* destination;
    const char* expected;
  } cases[] = {
      {"/app", "", "/app/"},       {"/app", ".", "/app/"},
      {"/app", "./", "/app/"},     {"/", "", "/"},
      {"/app", "x", "/app/x"},     {"/app", "x/", "/app/x/"},
      {"/app", "x/.", "/app/x/."}, {"/app", "/", "/"},
      {"/app", "/x//y/", "/x/y/"}, {"/app", "../x", "/x"},
      {"/app", "/..", "/"},        {"/app", "..", "/"},
      {"/app", "/x/./y", "/x/y"},  {"/app", "/.", "/."},
  };
  for (const auto& row : cases) {
    EXPECT_EQ(absolute_destination(row.directory, row.destination), row.expected)
        << row.directory << " " << row.destination;
  }
}

}  // namespace

}  // namespace mbuild::builder
