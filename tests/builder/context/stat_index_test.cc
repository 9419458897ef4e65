#include "builder/context/stat_index.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <thread>

#include "builder/context/fingerprint.h"
#include "tests/builder/context/tree_text.h"

namespace mbuild::builder {

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kLater = 2'000 * kSecond;  // long after the files below changed

const FileIdentity kIdentity{
    .size = 5, .mtime = 1'000 * kSecond + 1, .ctime = 1'000 * kSecond + 2, .inode = 7};

FileFacts facts(std::string_view content) {
  return {.content = oci::Digest::of(content), .xattrs = {}};
}

class StatIndexTest : public testing::Test {
 protected:
  std::unique_ptr<StatIndex> open() { return StatIndex::open(folder_.fd(), "index"); }
  std::string path() const { return folder_.path() + "/index"; }

  std::string read() const {
    std::ostringstream text;
    text << std::ifstream(path(), std::ios::binary).rdbuf();
    return text.str();
  }
  void write(const std::string& text) const { std::ofstream(path(), std::ios::binary) << text; }

  // An index file with one record.
  void save_one() {
    const auto index = open();
    index->record("a/b", kIdentity, {.content = oci::Digest::of("x"), .xattrs = {{"user.k", "v"}}}, kLater);
    ASSERT_TRUE(index->save());
  }

  test::TemporaryDirectory folder_;
};

TEST_F(StatIndexTest, RemembersAcrossSaves) {
  EXPECT_FALSE(open()->find("a/b", kIdentity));
  save_one();
  const auto index = open();
  const auto found = index->find("a/b", kIdentity);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->content, oci::Digest::of("x"));
  EXPECT_EQ(found->xattrs, (XattrMap{{"user.k", "v"}}));
  EXPECT_FALSE(index->find("a", kIdentity));
  EXPECT_FALSE(index->find("a/b/", kIdentity));
}

TEST_F(StatIndexTest, EveryPartOfTheIdentityCounts) {
  save_one();
  const auto index = open();
  for (int part = 0; part < 4; ++part) {
    FileIdentity other = kIdentity;
    if (part == 0) ++other.size;
    if (part == 1) ++other.mtime;
    if (part == 2) ++other.ctime;
    if (part == 3) ++other.inode;
    EXPECT_FALSE(index->find("a/b", other)) << part;
  }
}

TEST_F(StatIndexTest, NewerRecordsReplaceOlderOnes) {
  save_one();
  FileIdentity newer = kIdentity;
  newer.ctime += 9;
  {
    const auto index = open();
    index->record("a/b", newer, facts("y"), kLater);
    ASSERT_TRUE(index->save());
  }
  EXPECT_FALSE(open()->find("a/b", kIdentity));
  EXPECT_EQ(open()->find("a/b", newer)->content, oci::Digest::of("y"));
}

TEST_F(StatIndexTest, NothingNewWritesNothing) {
  save_one();
  const std::string before = read();
  ASSERT_EQ(::unlink(path().c_str()), 0);
  {
    write(before);
    const auto index = open();
    ASSERT_EQ(::unlink(path().c_str()), 0);
    EXPECT_TRUE(index->find("a/b", kIdentity));
    ASSERT_TRUE(index->save());
  }
  EXPECT_NE(::access(path().c_str(), F_OK), 0);
}

TEST_F(StatIndexTest, FilesThatChangedJustNowAreRacy) {
  const std::int64_t hashed_at = 1'000 * kSecond;
  FileIdentity identity = kIdentity;
  identity.ctime = hashed_at - kSecond + 1;
  EXPECT_FALSE(StatIndex::is_racy(identity, hashed_at));
  identity.ctime = hashed_at - kSecond / 100;
  EXPECT_TRUE(StatIndex::is_racy(identity, hashed_at));
  identity.ctime = hashed_at + 1;  // a clock that runs ahead
  EXPECT_TRUE(StatIndex::is_racy(identity, hashed_at));
  identity.ctime = hashed_at - kSecond;  // a file system that keeps whole seconds
  EXPECT_TRUE(StatIndex::is_racy(identity, hashed_at));
  identity.ctime = hashed_at - 3 * kSecond;
  EXPECT_FALSE(StatIndex::is_racy(identity, hashed_at));

  const auto index = open();
  identity.ctime = hashed_at + 1;
  index->record("racy", identity, facts("x"), hashed_at);
  ASSERT_TRUE(index->save());
  EXPECT_FALSE(open()->find("racy", identity));
}

TEST_F(StatIndexTest, AnyDamageMakesItEmpty) {
  save_one();
  const std::string whole = read();
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::string damaged = whole;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x41);
    write(damaged);
    EXPECT_FALSE(open()->find("a/b", kIdentity)) << i;
    write(whole.substr(0, i));
    EXPECT_FALSE(open()->find("a/b", kIdentity)) << i;
  }
  write(whole + "x");
  EXPECT_FALSE(open()->find("a/b", kIdentity));
}

// Whole, but written by something else: the checksum is right.
TEST_F(StatIndexTest, RecordsThatMakeNoSenseMakeItEmpty) {
  save_one();
  const std::string whole = read();
  const std::string body = whole.substr(0, whole.size() - 32);
  for (std::size_t size = 21; size < body.size(); ++size) {
    std::string text = body.substr(0, size);
    const oci::Digest digest = oci::Digest::of(text);
    text.append(reinterpret_cast<const char*>(digest.bytes().data()), 32);
    write(text);
    EXPECT_FALSE(open()->find("a/b", kIdentity)) << size;
  }
}

TEST_F(StatIndexTest, WhatIsNoFileIsAsIfItWereEmpty) {
  test::make_tree(folder_.path(), "d index/x");
  const auto index = open();
  EXPECT_FALSE(index->find("a/b", kIdentity));
  index->record("a/b", kIdentity, facts("x"), kLater);
  EXPECT_FALSE(index->save());
}

TEST_F(StatIndexTest, DamagedFilesAreReplaced) {
  write("garbage");
  save_one();
  EXPECT_TRUE(open()->find("a/b", kIdentity));
}

TEST_F(StatIndexTest, WhatNobodyAsksForGoesInTheEnd) {
  save_one();
  const auto save_another = [&](int i, bool ask) {
    const auto index = open();
    if (ask) index->find("a/b", kIdentity);
    index->record("other" + std::to_string(i), kIdentity, facts("y"), kLater);
    ASSERT_TRUE(index->save());
  };
  for (int i = 0; i < 20; ++i) save_another(i, false);
  save_another(20, true);
  for (int i = 0; i < 32; ++i) save_another(i, false);
  {
    const auto index = StatIndex::open(folder_.fd(), "index");
    EXPECT_TRUE(index->find("a/b", kIdentity));
  }
  save_another(99, false);
  EXPECT_FALSE(open()->find("a/b", kIdentity));
}

TEST_F(StatIndexTest, ThreadsMayUseItAtOnce) {
  save_one();
  const auto index = open();
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 200; ++i) {
        EXPECT_TRUE(index->find("a/b", kIdentity));
        index->record(std::to_string(t) + "/" + std::to_string(i), kIdentity, facts("y"), kLater);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  ASSERT_TRUE(index->save());
  EXPECT_TRUE(open()->find("3/199", kIdentity));
}

TEST_F(StatIndexTest, ProcessesMayUseItAtOnce) {
  std::vector<pid_t> children;
  for (int process = 0; process < 4; ++process) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      bool fine = true;
      for (int i = 0; i < 50; ++i) {
        const auto index = StatIndex::open(folder_.fd(), "index");
        const auto found = index->find("shared", kIdentity);
        fine = fine && (!found || found->content == oci::Digest::of("x"));
        index->record("shared", kIdentity, facts("x"), kLater);
        index->record(std::to_string(process * 100 + i), kIdentity, facts("y"), kLater);
        fine = fine && index->save();
      }
      ::_exit(fine ? 0 : 1);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
  EXPECT_TRUE(open()->find("shared", kIdentity));
}

// The index at work under fingerprint().
class IndexedFingerprint : public StatIndexTest {
 protected:
  oci::Digest fingerprint_all(StatIndex* index) {
    const SourceTree tree{.root = files_.fd(), .ignore = {}, .ownership = Ownership::root, .index = index};
    Selection selection = select(tree, {.sources = {"."}, .exclude = {}}).value();
    const oci::Digest digest = fingerprint(tree, selection).value();
    if (index != nullptr) {
      EXPECT_TRUE(index->save());
    }
    return digest;
  }
  oci::Digest fingerprint_anew() { return fingerprint_all(open().get()); }

  FileIdentity identity(const std::string& name) {
    struct stat status {};
    EXPECT_EQ(::lstat((files_.path() + "/" + name).c_str(), &status), 0);
    return FileIdentity::of(status);
  }
  void put(const std::string& name, const std::string& content) {
    std::ofstream(files_.path() + "/" + name, std::ios::binary) << content;
  }
  static void wait_until_not_racy() { std::this_thread::sleep_for(std::chrono::milliseconds(130)); }

  test::TemporaryDirectory files_;
};

TEST_F(IndexedFingerprint, IsTheSameWithAndWithoutIt) {
  test::make_tree(files_.path(), "f a =1 #user.k=v\nf d/b =2\nl l >a\nh d/c >a\np p\nd e #user.d=w\nf empty");
  wait_until_not_racy();
  const oci::Digest cold = fingerprint_anew();
  EXPECT_EQ(fingerprint_anew(), cold);
  EXPECT_EQ(fingerprint_all(nullptr), cold);
  for (const char* name : {"a", "d/b", "empty"}) EXPECT_TRUE(open()->find(name, identity(name))) << name;
}

TEST_F(IndexedFingerprint, BelievesItInsteadOfReading) {
  test::make_tree(files_.path(), "f a =1");
  const oci::Digest before = fingerprint_all(nullptr);
  const auto index = open();
  index->record("a", identity("a"), facts("something else"), identity("a").ctime + kLater);
  ASSERT_TRUE(index->save());
  EXPECT_NE(fingerprint_anew(), before);
}

TEST_F(IndexedFingerprint, NoticesEveryChange) {
  test::make_tree(files_.path(), "f a =1 @100\nf b =2");
  wait_until_not_racy();
  oci::Digest last = fingerprint_anew();
  const auto expect_change = [&](const char* what) {
    const oci::Digest now = fingerprint_anew();
    EXPECT_NE(now, last) << what;
    EXPECT_EQ(now, fingerprint_all(nullptr)) << what;
    last = now;
  };
  put("b", "3");
  expect_change("content");
  put("a", "9");
  test::make_tree(files_.path(), "f a =9 @100");
  expect_change("content, with the old mtime");
  test::make_tree(files_.path(), "f n =1 @100");
  ASSERT_EQ(::rename((files_.path() + "/n").c_str(), (files_.path() + "/a").c_str()), 0);
  expect_change("another file of that name, size and mtime");
  test::make_tree(files_.path(), "f a =1 #user.k=v");
  expect_change("an xattr");
}

// Changes that come faster than the clock ticks.
TEST_F(IndexedFingerprint, NoticesChangesWithinOneTick) {
  put("a", "0");
  oci::Digest last = fingerprint_anew();
  for (int i = 1; i < 200; ++i) {
    put("a", std::to_string(i % 10));
    const oci::Digest now = fingerprint_anew();
    EXPECT_NE(now, last) << i;
    last = now;
  }
}

TEST_F(IndexedFingerprint, RacyFilesAreRememberedOnceTheyAreNot) {
  put("a", "1");
  fingerprint_anew();
  EXPECT_FALSE(open()->find("a", identity("a")));
  wait_until_not_racy();
  fingerprint_anew();
  EXPECT_TRUE(open()->find("a", identity("a")));
}

}  // namespace

}  // namespace mbuild::builder
