#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include <functional>

#include "registry/base/fs_at.h"
#include "tests/support/result_matchers.h"
#include "tests/support/temp_dir.h"

namespace mbuild::fs_at {
namespace {

using test::FailsWith;
using test::must;
using test::TempDir;

class RemoveTree : public testing::Test {
 protected:
  std::vector<std::string> names() const { return must(list(dir.fd())); }

  TempDir dir;
};

TEST_F(RemoveTree, RemovesWhatItIsGivenAndNothingElse) {
  dir.write("tree/a/b/c", "x");
  dir.write("tree/d", "x");
  dir.write("keep/x", "x");
  std::filesystem::create_symlink("../keep", dir.path() / "tree/link");
  std::filesystem::create_symlink("../../keep", dir.path() / "tree/a/link");
  ASSERT_EQ(::mkfifoat(dir.fd(), "tree/fifo", 0600), 0);
  must(remove_tree(dir.fd(), "tree"));
  EXPECT_EQ(names(), std::vector<std::string>{"keep"});
  EXPECT_EQ(dir.read("keep/x"), "x");
}

TEST_F(RemoveTree, RemovesFilesAndLinksThemselves) {
  dir.write("file", "x");
  dir.write("keep/x", "x");
  std::filesystem::create_symlink("keep", dir.path() / "link");
  must(remove_tree(dir.fd(), "file"));
  must(remove_tree(dir.fd(), "link"));
  EXPECT_EQ(names(), std::vector<std::string>{"keep"});
  EXPECT_EQ(dir.read("keep/x"), "x");
}

TEST_F(RemoveTree, AbsentIsSuccess) {
  EXPECT_THAT(remove_tree(dir.fd(), "nothing"), test::Succeeds());
}

TEST_F(RemoveTree, RefusesPaths) {
  for (const char* name : {"", ".", "..", "a/b", "/"}) {
    EXPECT_THAT(remove_tree(dir.fd(), name), FailsWith(ErrorKind::internal, "not the name")) << name;
  }
}

TEST_F(RemoveTree, RemovesManyEntries) {
  for (int i = 0; i < 300; ++i) dir.write("tree/" + std::to_string(i), "");
  must(remove_tree(dir.fd(), "tree"));
  EXPECT_TRUE(names().empty());
}

// A step can leave a tree too deep for any path, for the stack and for the descriptor limit.
TEST_F(RemoveTree, RemovesTreesOfAnyDepth) {
  constexpr int kDepth = 1'200;
  Fd fd(::dup(dir.fd()));
  for (int i = 0; i < kDepth; ++i) {
    ASSERT_EQ(::mkdirat(fd.get(), "d", 0755), 0);
    fd = Fd(::openat(fd.get(), "d", O_PATH | O_DIRECTORY | O_CLOEXEC));
    ASSERT_TRUE(fd);
  }
  must(remove_tree(dir.fd(), "d"));
  EXPECT_TRUE(names().empty());
}

TEST_F(RemoveTree, NamesLikeItsOwnAreNoObstacle) {
  std::string deep = "tree";
  for (int i = 0; i < 100; ++i) deep += "/d";
  dir.write(deep + "/file", "x");
  dir.write("tree/.removing-0/x", "x");
  must(remove_tree(dir.fd(), "tree"));
  EXPECT_TRUE(names().empty());
}

// In a child: what it does to its namespaces and ids must not outlive the test. 0 is success, 77 "cannot
// try".
int in_child(const std::function<int()>& body) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(body());
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST_F(RemoveTree, DoesNotEnterMounts) {
  dir.write("keep/x", "x");
  dir.write("tree/mounted/y", "y");
  const std::string keep = (dir.path() / "keep").string();
  const std::string mounted = (dir.path() / "tree/mounted").string();
  const int outcome = in_child([&] {
    if (::unshare(CLONE_NEWNS) != 0 || ::mount("", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
      return 77;
    if (::mount(keep.c_str(), mounted.c_str(), nullptr, MS_BIND, nullptr) != 0) return 77;
    const auto removed = remove_tree(dir.fd(), "tree");
    return !removed && removed.error().message().find("mounted") != std::string::npos ? 0 : 1;
  });
  if (outcome == 77) GTEST_SKIP() << "mounting needs CAP_SYS_ADMIN";
  EXPECT_EQ(outcome, 0);
  EXPECT_EQ(dir.read("keep/x"), "x");
}

TEST_F(RemoveTree, AnOwnerRemovesWhatHeMayNotWrite) {
  dir.write("tree/locked/closed/x", "x");
  const int outcome = in_child([&] {
    constexpr uid_t kNobody = 65534;
    if (::geteuid() == 0) {
      for (const char* path : {".", "tree", "tree/locked", "tree/locked/closed", "tree/locked/closed/x"}) {
        if (::fchownat(dir.fd(), path, kNobody, kNobody, 0) != 0) return 77;
      }
      if (::setgid(kNobody) != 0 || ::setuid(kNobody) != 0) return 77;
    }
    if (::fchmodat(dir.fd(), "tree/locked/closed", 0, 0) != 0) return 2;
    if (::fchmodat(dir.fd(), "tree/locked", 0555, 0) != 0) return 3;
    return remove_tree(dir.fd(), "tree") ? 0 : 1;
  });
  if (outcome == 77) GTEST_SKIP() << "cannot become an ordinary user";
  EXPECT_EQ(outcome, 0);
  EXPECT_TRUE(names().empty());
}

}  // namespace
}  // namespace mbuild::fs_at
