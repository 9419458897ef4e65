#include "builder/cache/mount_cache.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <chrono>
#include <thread>
#include <vector>

#include "tests/support/result_matchers.h"
#include "tests/support/temp_dir.h"

namespace mbuild::builder {
namespace {

using std::chrono::milliseconds;
using test::FailsWith;
using test::must;
using test::TempDir;

ino_t inode(const MountLease& lease) {
  struct stat status {};
  EXPECT_EQ(::fstat(lease.root(), &status), 0);
  return status.st_ino;
}

void touch(const MountLease& lease, const char* name) {
  const Fd file(::openat(lease.root(), name, O_CREAT | O_WRONLY | O_CLOEXEC, 0644));
  EXPECT_TRUE(file);
}

bool has(const MountLease& lease, const char* name) {
  return ::faccessat(lease.root(), name, F_OK, 0) == 0;
}

class MountCacheTest : public testing::Test {
 protected:
  MountRequest request(MountSharing sharing = MountSharing::shared, std::string id = "/root/.cache") const {
    MountRequest request;
    request.key.id = std::move(id);
    request.sharing = sharing;
    request.owner = ::geteuid();
    request.group = ::getegid();
    return request;
  }
  MountLease acquire(MountSharing sharing) const { return must(cache_.acquire(request(sharing))); }
  bool can_lock() const {  // a `locked` lease without a wait
    const std::atomic<bool> cancel = true;
    MountRequest locked = request(MountSharing::locked);
    locked.cancel = &cancel;
    return cache_.acquire(locked).has_value();
  }

  TempDir root_;
  MountCache cache_ = must(MountCache::open(root_.str()));
};

TEST_F(MountCacheTest, KeepsContentBetweenLeases) {
  touch(acquire(MountSharing::shared), "kept");
  for (const MountSharing sharing : {MountSharing::shared, MountSharing::private_, MountSharing::locked}) {
    EXPECT_TRUE(has(acquire(sharing), "kept"));
  }
}

TEST_F(MountCacheTest, IsDistinctById) {
  touch(acquire(MountSharing::shared), "kept");
  EXPECT_FALSE(has(must(cache_.acquire(request(MountSharing::shared, "other"))), "kept"));
}

TEST_F(MountCacheTest, IsDistinctByModeOwnerAndOrigin) {
  touch(acquire(MountSharing::shared), "kept");
  for (int i = 0; i < 4; ++i) {
    MountRequest other = request();
    if (i == 0) other.key.mode = 0700;
    if (i == 1) other.key.uid = 1000;
    if (i == 2) other.key.gid = 1000;
    if (i == 3) other.key.from = "sha256:1234";
    EXPECT_FALSE(has(must(cache_.acquire(other)), "kept")) << i;
  }
}

TEST_F(MountCacheTest, GivesANewRootItsModeWhateverTheUmask) {
  const mode_t umask_before = ::umask(077);
  MountRequest wanted = request();
  wanted.key.mode = 01777;
  const MountLease lease = must(cache_.acquire(wanted));
  ::umask(umask_before);
  struct stat status {};
  ASSERT_EQ(::fstat(lease.root(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 01777u);
}

TEST_F(MountCacheTest, GivesANewRootItsOwner) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root to give a directory away";
  MountRequest wanted = request();
  wanted.owner = 1234;
  wanted.group = 4321;
  struct stat status {};
  const MountLease lease = must(cache_.acquire(wanted));
  ASSERT_EQ(::fstat(lease.root(), &status), 0);
  EXPECT_EQ(status.st_uid, 1234u);
  EXPECT_EQ(status.st_gid, 4321u);
}

TEST_F(MountCacheTest, SharedStepsMeetInOneDirectory) {
  const MountLease first = acquire(MountSharing::shared);
  const MountLease second = acquire(MountSharing::shared);
  EXPECT_EQ(inode(first), inode(second));
}

TEST_F(MountCacheTest, PrivateStepsSideBySideGetDirectoriesOfTheirOwnThatAreUsedAgain) {
  std::vector<ino_t> seen;
  {
    const MountLease first = acquire(MountSharing::private_);
    const MountLease second = acquire(MountSharing::private_);
    seen = {inode(first), inode(second)};
    EXPECT_NE(seen[0], seen[1]);
  }
  const MountLease first = acquire(MountSharing::private_);
  const MountLease second = acquire(MountSharing::private_);
  EXPECT_EQ(seen, (std::vector<ino_t>{inode(first), inode(second)}));
}

TEST_F(MountCacheTest, SharedStepsMeetEvenBesideAPrivateOne) {
  auto alone = std::make_unique<MountLease>(acquire(MountSharing::private_));
  const MountLease first = acquire(MountSharing::shared);
  EXPECT_NE(inode(*alone), inode(first));
  alone.reset();  // the first directory is free now, but the others are elsewhere
  const MountLease second = acquire(MountSharing::shared);
  EXPECT_EQ(inode(first), inode(second));
}

TEST_F(MountCacheTest, LockedWaitsForEveryOther) {
  for (const MountSharing other : {MountSharing::shared, MountSharing::private_, MountSharing::locked}) {
    auto lease = std::make_unique<MountLease>(acquire(other));
    EXPECT_FALSE(can_lock());
    std::jthread later([&] {
      std::this_thread::sleep_for(milliseconds(60));
      touch(*lease, "from before");
      lease.reset();
    });
    const MountLease mine = acquire(MountSharing::locked);
    EXPECT_TRUE(has(mine, "from before"));
  }
}

TEST_F(MountCacheTest, AWaitEndsWhenTheBuildIsCancelled) {
  const MountLease holder = acquire(MountSharing::locked);
  std::atomic<bool> cancel = false;
  MountRequest waiting = request(MountSharing::locked);
  waiting.cancel = &cancel;
  std::jthread later([&] {
    std::this_thread::sleep_for(milliseconds(50));
    cancel = true;
  });
  EXPECT_THAT(cache_.acquire(waiting), FailsWith(ErrorKind::cancelled, "open cache mount /root/.cache"));
}

TEST_F(MountCacheTest, FillsANewDirectoryOnceAndThrowsAwayWhatFailed) {
  int fills = 0;
  MountRequest wanted = request();
  wanted.fill = [&](int dir) -> Result<void> {
    ++fills;
    const Fd file(::openat(dir, fills == 1 ? "half" : "whole", O_CREAT | O_WRONLY | O_CLOEXEC, 0644));
    if (fills == 1) return fail(ErrorKind::io, "the disk is on fire");
    return {};
  };
  EXPECT_THAT(cache_.acquire(wanted), FailsWith(ErrorKind::io, "the disk is on fire"));
  for (int i = 0; i < 2; ++i) {
    const MountLease lease = must(cache_.acquire(wanted));
    EXPECT_TRUE(has(lease, "whole"));
    EXPECT_FALSE(has(lease, "half"));
  }
  EXPECT_EQ(fills, 2);
}

TEST_F(MountCacheTest, AProcessThatDiesHoldsNothing) {
  const pid_t child = ::fork();
  if (child == 0) {
    const auto lease = cache_.acquire(request(MountSharing::locked));
    ::raise(SIGKILL);
  }
  ASSERT_GT(child, 0);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  EXPECT_TRUE(can_lock());
}

// A step's process must not prolong a lease because it was forked while it was held.
TEST_F(MountCacheTest, ALeaseEndsEvenWhileAChildHasACopyOfTheDescriptor) {
  pid_t child = -1;
  {
    const MountLease lease = acquire(MountSharing::locked);
    child = ::fork();
    if (child == 0) {
      ::pause();
      ::_exit(0);
    }
  }
  EXPECT_TRUE(can_lock());
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
}

TEST_F(MountCacheTest, ManyThreadsNeverHoldALockedDirectoryTogether) {
  std::atomic<int> inside = 0;
  std::vector<std::jthread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&] {
      for (int i = 0; i < 5; ++i) {
        const MountLease lease = acquire(MountSharing::locked);
        if (inside.fetch_add(1) != 0) ADD_FAILURE() << "two at once";
        std::this_thread::sleep_for(milliseconds(1));
        inside.fetch_sub(1);
      }
    });
  }
}

}  // namespace
}  // namespace mbuild::builder
