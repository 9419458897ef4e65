#include "registry/base/atomic_file.h"

#include <sys/stat.h>
#include <sys/wait.h>

#include "registry/base/fs_at.h"
#include "tests/support/result_matchers.h"
#include "tests/support/temp_dir.h"

namespace mbuild {
namespace {

using test::FailsWith;
using test::must;
using test::TempDir;

class AtomicFileTest : public testing::Test {
 protected:
  std::vector<std::string> names() const { return must(fs_at::list(dir.fd())); }

  TempDir dir;
};

TEST_F(AtomicFileTest, AppearsWholeAtCommit) {
  auto file = must(AtomicFile::create(dir.fd(), "name"));
  must(file.write("ab"));
  must(file.write("c"));
  EXPECT_FALSE(std::filesystem::exists(dir.path() / "name"));
  must(file.commit());
  EXPECT_EQ(dir.read("name"), "abc");
  EXPECT_EQ(names(), std::vector<std::string>{"name"});
}

TEST_F(AtomicFileTest, LeavesNothingWithoutCommit) {
  {
    auto file = must(AtomicFile::create(dir.fd(), "name"));
    must(file.write("abc"));
    EXPECT_EQ(names().size(), 1u);
    EXPECT_TRUE(names()[0].starts_with(AtomicFile::kTemporaryPrefix));
  }
  EXPECT_TRUE(names().empty());
}

TEST_F(AtomicFileTest, ReplacesWhatIsThere) {
  dir.write("name", "old");
  auto file = must(AtomicFile::create(dir.fd(), "name"));
  must(file.write("new"));
  EXPECT_EQ(dir.read("name"), "old");
  must(file.commit());
  EXPECT_EQ(dir.read("name"), "new");
}

TEST_F(AtomicFileTest, CanTakeAnotherNameInTheEnd) {
  auto file = must(AtomicFile::create(dir.fd(), "name"));
  must(file.commit_as("other"));
  EXPECT_EQ(names(), std::vector<std::string>{"other"});
}

TEST_F(AtomicFileTest, CannotBeCommittedTwice) {
  auto file = must(AtomicFile::create(dir.fd(), "name"));
  must(file.commit());
  EXPECT_THAT(file.commit(), FailsWith(ErrorKind::internal, "commit name"));
}

TEST_F(AtomicFileTest, AFailedCommitLeavesNothing) {
  std::filesystem::create_directories(dir.path() / "name" / "occupied");
  auto file = must(AtomicFile::create(dir.fd(), "name"));
  EXPECT_THAT(file.commit(), FailsWith(ErrorKind::io, "rename to name"));
  EXPECT_EQ(names(), std::vector<std::string>{"name"});
}

TEST_F(AtomicFileTest, MovesItsOwnership) {
  auto file = must(AtomicFile::create(dir.fd(), "a"));
  AtomicFile moved = std::move(file);
  must(moved.write("1"));
  auto other = must(AtomicFile::create(dir.fd(), "b"));
  other = std::move(moved);  // what `other` was writing is gone
  EXPECT_EQ(names().size(), 1u);
  must(other.commit());
  EXPECT_EQ(names(), std::vector<std::string>{"a"});
  EXPECT_EQ(dir.read("a"), "1");
}

TEST_F(AtomicFileTest, HasTheModeAskedForWhateverTheUmask) {
  const mode_t umask_before = ::umask(0077);
  auto file = must(AtomicFile::create(dir.fd(), "name", 0664));
  ::umask(umask_before);
  must(file.commit());
  struct stat status {};
  ASSERT_EQ(::fstatat(dir.fd(), "name", &status, 0), 0);
  EXPECT_EQ(status.st_mode & 07777, 0664u);
}

TEST_F(AtomicFileTest, TheLongestNameFits) {
  const std::string name(255, 'x');
  must(must(AtomicFile::create(dir.fd(), name)).commit());
  EXPECT_EQ(names(), std::vector<std::string>{name});
}

TEST_F(AtomicFileTest, RefusesAPath) {
  EXPECT_THAT(AtomicFile::create(dir.fd(), "../x"), FailsWith(ErrorKind::internal, "not a name"));
}

TEST_F(AtomicFileTest, ReportsAMissingDirectory) {
  EXPECT_THAT(AtomicFile::create(-1, "x"), FailsWith(ErrorKind::io, "create x"));
}

TEST_F(AtomicFileTest, AKilledWriterLeavesTheOldContent) {
  dir.write("name", "old");
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    auto file = AtomicFile::create(dir.fd(), "name");
    (void)file->write("new");
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(dir.read("name"), "old");
  ASSERT_EQ(names().size(), 2u);
  EXPECT_TRUE(names()[0].starts_with(AtomicFile::kTemporaryPrefix));  // for a sweep to find
}

TEST_F(AtomicFileTest, ASweepTakesWhatHasNoWriter) {
  dir.write(".tmp-left", "half");
  dir.write("kept", "whole");
  auto file = must(AtomicFile::create(dir.fd(), "name"));
  must(file.write("abc"));
  AtomicFile::sweep(dir.fd());
  EXPECT_EQ(names().size(), 2u);
  must(file.commit());
  EXPECT_EQ(names(), (std::vector<std::string>{"kept", "name"}));
}

}  // namespace
}  // namespace mbuild
