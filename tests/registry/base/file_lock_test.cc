#include "registry/base/file_lock.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "tests/support/result_matchers.h"
#include "tests/support/temp_dir.h"

namespace mbuild {
namespace {

using test::FailsWith;
using test::must;
using namespace std::chrono_literals;

class FileLockTest : public testing::Test {
 protected:
  bool is_free(LockKind kind) const { return must(FileLock::try_take(dir.fd(), "lock", kind)).has_value(); }
  test::TempDir dir;
};

TEST_F(FileLockTest, IsSharedOrOnesOwn) {
  {
    const FileLock reader = must(FileLock::take(dir.fd(), "lock", LockKind::shared));
    EXPECT_TRUE(is_free(LockKind::shared));
    EXPECT_FALSE(is_free(LockKind::exclusive));
  }
  const FileLock writer = must(FileLock::take(dir.fd(), "lock", LockKind::exclusive));
  EXPECT_FALSE(is_free(LockKind::shared));
}

TEST_F(FileLockTest, WaitsUntilItIsGivenUp) {
  FileLock held = must(FileLock::take(dir.fd(), "lock", LockKind::exclusive));
  std::atomic<bool> given_up = false;
  std::jthread owner([&] {
    std::this_thread::sleep_for(50ms);
    given_up = true;
    held.release();
  });
  const FileLock next = must(FileLock::take(dir.fd(), "lock", LockKind::exclusive));
  EXPECT_TRUE(given_up);
}

TEST_F(FileLockTest, AWaitCanBeCancelled) {
  const FileLock held = must(FileLock::take(dir.fd(), "lock", LockKind::exclusive));
  const std::atomic<bool> cancel = true;
  EXPECT_THAT(FileLock::take(dir.fd(), "lock", LockKind::shared, &cancel),
              FailsWith(ErrorKind::cancelled, "lock"));
}

TEST_F(FileLockTest, ARemovedFileIsLockedAnew) {
  const FileLock of_the_old = must(FileLock::take(dir.fd(), "lock", LockKind::exclusive));
  ASSERT_EQ(::unlinkat(dir.fd(), "lock", 0), 0);
  const FileLock of_the_new = must(FileLock::take(dir.fd(), "lock", LockKind::exclusive));
  EXPECT_FALSE(is_free(LockKind::exclusive));
}

}  // namespace
}  // namespace mbuild
