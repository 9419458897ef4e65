#include "registry/oci/content_store.h"

#include <sys/stat.h>

#include <thread>
#include <vector>

#include "registry/base/fs_at.h"
#include "tests/support/result_matchers.h"
#include "tests/support/temp_dir.h"

namespace mbuild::oci {
namespace {

using test::FailsWith;
using test::must;
using test::TempDir;

class ContentStoreTest : public testing::Test {
 protected:
  std::vector<std::string> names() const { return must(fs_at::list(store.fd())); }

  TempDir dir;
  ContentStore store = must(ContentStore::open(dir.str() + "/new/blobs"));
};

TEST_F(ContentStoreTest, KeepsBlobsWhereALayoutHasThem) {
  const Digest digest = must(store.put("abc"));
  EXPECT_EQ(digest, Digest::of("abc"));
  EXPECT_EQ(dir.read("new/blobs/sha256/" + digest.hex()), "abc");
}

TEST_F(ContentStoreTest, FindsWhatWasPut) {
  const Digest digest = must(store.put("abc"));
  EXPECT_TRUE(store.contains(digest));
  EXPECT_EQ(must(store.size(digest)), 3u);
  EXPECT_EQ(must(store.read(digest)), "abc");
  const auto fd = must(store.open_blob(digest));
  ASSERT_TRUE(fd);
  char buffer[8];
  EXPECT_EQ(::read(fd->get(), buffer, sizeof buffer), 3);
}

TEST_F(ContentStoreTest, AbsentIsNotAFailure) {
  const Digest digest = Digest::of("never put");
  EXPECT_FALSE(store.contains(digest));
  EXPECT_EQ(must(store.size(digest)), std::nullopt);
  EXPECT_EQ(must(store.read(digest)), std::nullopt);
  EXPECT_FALSE(must(store.open_blob(digest)));
  EXPECT_THAT(store.remove(digest), test::Succeeds());
}

TEST_F(ContentStoreTest, ReopensAnExistingFolder) {
  const Digest digest = must(store.put("abc"));
  EXPECT_TRUE(must(ContentStore::open(dir.str() + "/new/blobs")).contains(digest));
}

TEST_F(ContentStoreTest, CannotOpenWhereAFileIs) {
  dir.write("file", "");
  EXPECT_THAT(ContentStore::open(dir.str() + "/file"), FailsWith(ErrorKind::io, "file/sha256"));
}

TEST_F(ContentStoreTest, WritesInPieces) {
  auto writer = must(store.create());
  must(writer.write(bytes_of("ab")));
  must(writer.write(bytes_of("")));
  must(writer.write(bytes_of("c")));
  EXPECT_EQ(writer.size(), 3u);
  EXPECT_FALSE(store.contains(Digest::of("abc")));
  EXPECT_EQ(must(writer.commit(Digest::of("abc"))), Digest::of("abc"));
  EXPECT_EQ(must(store.read(Digest::of("abc"))), "abc");
}

TEST_F(ContentStoreTest, KeepsNothingOfTheWrongContent) {
  auto writer = must(store.create());
  must(writer.write(bytes_of("abd")));
  EXPECT_THAT(writer.commit(Digest::of("abc")), FailsWith(ErrorKind::corrupt, Digest::of("abd").str()));
  EXPECT_TRUE(names().empty());
  EXPECT_THAT(writer.commit(), FailsWith(ErrorKind::internal, "nothing is being written"));
}

TEST_F(ContentStoreTest, KeepsNothingOfAnAbandonedWriter) {
  {
    auto writer = must(store.create());
    must(writer.write(bytes_of("abc")));
    EXPECT_EQ(names().size(), 1u);
  }
  EXPECT_TRUE(names().empty());
}

TEST_F(ContentStoreTest, NoticesDamage) {
  const Digest digest = must(store.put("abc"));
  const std::string path = "new/blobs/sha256/" + digest.hex();
  ASSERT_EQ(::chmod((dir.path() / path).c_str(), 0644), 0);
  dir.write(path, "abd");
  EXPECT_THAT(store.read(digest), FailsWith(ErrorKind::corrupt, digest.str()));
  must(store.put("abc"));  // heals it
  EXPECT_EQ(must(store.read(digest)), "abc");
}

TEST_F(ContentStoreTest, RefusesToReadAboveTheLimit) {
  const Digest digest = must(store.put("abcdef"));
  EXPECT_EQ(must(store.read(digest, 6)), "abcdef");
  EXPECT_THAT(store.read(digest, 5), FailsWith(ErrorKind::invalid_input, "larger than 5 bytes"));
}

TEST_F(ContentStoreTest, DoesNotFollowALinkInABlobsPlace) {
  const Digest digest = Digest::of("abc");
  dir.write("outside", "abc");
  std::filesystem::create_symlink(dir.path() / "outside", dir.path() / "new/blobs/sha256" / digest.hex());
  EXPECT_THAT(store.open_blob(digest), FailsWith(ErrorKind::io, digest.str()));
  EXPECT_THAT(store.read(digest), FailsWith(ErrorKind::invalid_input, "symbolic link"));
}

TEST_F(ContentStoreTest, RemovesBlobs) {
  const Digest digest = must(store.put("abc"));
  must(store.remove(digest));
  EXPECT_FALSE(store.contains(digest));
}

TEST_F(ContentStoreTest, BlobsAreReadOnlyWhateverTheUmask) {
  const mode_t umask_before = ::umask(0077);
  const Digest digest = must(store.put("abc"));
  ::umask(umask_before);
  struct stat status {};
  ASSERT_EQ(::fstatat(store.fd(), digest.hex().c_str(), &status, 0), 0);
  EXPECT_EQ(status.st_mode & 07777, 0444u);
}

TEST_F(ContentStoreTest, TakesManyWritersAtOnce) {
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 8; ++thread) {
    threads.emplace_back([&, thread] {
      const ContentStore own = must(ContentStore::open(dir.str() + "/new/blobs"));
      for (int i = 0; i < 50; ++i) {
        must(own.put("shared " + std::to_string(i)));
        must(own.put("own " + std::to_string(thread) + " " + std::to_string(i)));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(names().size(), 50u + 8 * 50);
  for (int i = 0; i < 50; ++i) {
    const std::string text = "shared " + std::to_string(i);
    EXPECT_EQ(must(store.read(Digest::of(text))), text);
  }
}

}  // namespace
}  // namespace mbuild::oci
