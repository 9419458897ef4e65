#include "registry/oci/fetch_lock.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "tests/support/result_matchers.h"
#include "tests/support/temp_dir.h"

namespace mbuild::oci {
namespace {

using test::FailsWith;
using test::must;

class FetchLockTest : public testing::Test {
 protected:
  test::TempDir folder;
  ContentStore store = must(ContentStore::open(folder.str()));
  Digest one = Digest::of("one"), two = Digest::of("two");
};

TEST_F(FetchLockTest, ExcludesAnotherOfTheSameBlobAlone) {
  FetchLock lock = must(FetchLock::acquire(store, one, nullptr));
  auto at_once = [] { return true; };
  EXPECT_THAT(FetchLock::acquire(store, one, at_once), FailsWith(ErrorKind::cancelled, one.str()));
  EXPECT_THAT(FetchLock::acquire(store, two, at_once), test::Succeeds());
}

TEST_F(FetchLockTest, IsHandedOn) {
  std::atomic<bool> first_has_it = true;
  auto lock = std::make_unique<FetchLock>(must(FetchLock::acquire(store, one, nullptr)));
  std::thread second([&] {
    must(FetchLock::acquire(store, one, nullptr));
    EXPECT_FALSE(first_has_it);
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(80));
  first_has_it = false;
  lock.reset();
  second.join();
}

TEST_F(FetchLockTest, DiesWithItsProcess) {
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  pid_t child = ::fork();
  if (child == 0) {
    auto lock = FetchLock::acquire(store, one, nullptr);
    char byte = lock ? 'y' : 'n';
    (void)!::write(ready[1], &byte, 1);
    ::pause();
    _exit(0);
  }
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  ASSERT_EQ(byte, 'y');
  EXPECT_THAT(FetchLock::acquire(store, one, [] { return true; }), FailsWith(ErrorKind::cancelled, ""));
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_THAT(FetchLock::acquire(store, one, nullptr), test::Succeeds());
  for (int fd : ready) ::close(fd);
}

}  // namespace
}  // namespace mbuild::oci
