#include "registry/base/fs_at.h"

#include <sys/socket.h>
#include <sys/un.h>

#include "tests/support/result_matchers.h"
#include "tests/support/temp_dir.h"

namespace mbuild::fs_at {
namespace {

using test::FailsWith;
using test::must;
using test::TempDir;

// root/ is what is resolved beneath; outside/secret is what must never be reached.
class FsAt : public testing::Test {
 protected:
  FsAt() {
    dir.write("outside/secret", "secret");
    dir.write("root/file", "inside");
    dir.write("root/sub/file", "below");
    dir.write("root/outside/secret", "decoy");
    root = Fd(::open((dir.path() / "root").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  }

  void link(const std::string& target, const std::string& name) {
    std::filesystem::create_symlink(target, dir.path() / "root" / name);
  }

  Result<std::string> read(std::string_view path, Links links) {
    return read_file(root.get(), path, links, 1 << 20);
  }

  TempDir dir;
  Fd root;
};

TEST_F(FsAt, OpensWhatIsBeneath) {
  for (const Links links : {Links::in_root, Links::refuse}) {
    EXPECT_EQ(must(read("file", links)), "inside");
    EXPECT_EQ(must(read("sub/file", links)), "below");
    EXPECT_EQ(must(read("sub/../file", links)), "inside");
    EXPECT_EQ(must(read("./sub//./file", links)), "below");
  }
}

TEST_F(FsAt, AnEmptyPathIsTheDirectoryItself) {
  for (const char* path : {"", "."}) {
    const Fd fd = must(open(root.get(), path, O_RDONLY | O_DIRECTORY, Links::refuse));
    EXPECT_EQ(must(list(fd.get())), (std::vector<std::string>{"file", "outside", "sub"}));
  }
}

TEST_F(FsAt, DescriptorsAreCloseOnExec) {
  const Fd fd = must(open(root.get(), "file", O_RDONLY, Links::refuse));
  EXPECT_TRUE(::fcntl(fd.get(), F_GETFD) & FD_CLOEXEC);
  const Fd trusted = must(open_trusted(dir.str(), O_RDONLY));
  EXPECT_TRUE(::fcntl(trusted.get(), F_GETFD) & FD_CLOEXEC);
}

TEST_F(FsAt, DotDotDoesNotLeave) {
  for (const char* path :
       {"../outside/secret", "sub/../../outside/secret", "../../../../../../outside/secret"}) {
    EXPECT_THAT(read(path, Links::refuse), FailsWith(ErrorKind::invalid_input, "leads out of its root"))
        << path;
    EXPECT_EQ(must(read(path, Links::in_root)), "decoy") << path;  // as if root were "/"
  }
}

TEST_F(FsAt, AbsolutePathsStartAtTheRoot) {
  EXPECT_EQ(must(read("/outside/secret", Links::in_root)), "decoy");
  EXPECT_THAT(read("/outside/secret", Links::refuse), FailsWith(ErrorKind::invalid_input, "leads out"));
}

TEST_F(FsAt, LinksDoNotLeave) {
  link((dir.path() / "outside/secret").string(), "absolute");
  link("../outside/secret", "relative");
  link("../../../../outside/secret", "climbing");
  link("/outside", "folder");
  link("folder", "chain1");
  link("chain1", "chain2");
  EXPECT_THAT(read("absolute", Links::in_root), FailsWith(ErrorKind::not_found, "absolute"));
  EXPECT_EQ(must(read("relative", Links::in_root)), "decoy");
  EXPECT_EQ(must(read("climbing", Links::in_root)), "decoy");
  EXPECT_EQ(must(read("chain2/secret", Links::in_root)), "decoy");
  for (const char* path : {"absolute", "relative", "climbing", "folder/secret", "chain2/secret"}) {
    EXPECT_THAT(read(path, Links::refuse), FailsWith(ErrorKind::invalid_input, "symbolic link is in the way"))
        << path;
  }
}

TEST_F(FsAt, LoopsAndMagicLinksAreErrors) {
  link("loop", "loop");
  EXPECT_THAT(read("loop", Links::in_root), FailsWith(ErrorKind::io, "symbolic links"));
  EXPECT_THAT(open(root.get(), "file", O_RDONLY | O_NOFOLLOW | O_DIRECTORY, Links::refuse),
              FailsWith(ErrorKind::io, "Not a directory"));
  const Fd proc = must(open_trusted("/proc", O_PATH | O_DIRECTORY));
  EXPECT_THAT(open(proc.get(), "self/root/etc", O_PATH, Links::in_root),
              FailsWith(ErrorKind::io, "self/root/etc"));
}

TEST_F(FsAt, ANulByteDoesNotCutThePath) {
  EXPECT_THAT(read(std::string_view("file\0.txt", 9), Links::in_root),
              FailsWith(ErrorKind::io, "Invalid argument"));
  EXPECT_THAT(stat_if_exists(root.get(), std::string_view("file\0x", 6), Links::refuse),
              FailsWith(ErrorKind::io, "Invalid"));
  EXPECT_THAT(make_directories(root.get(), std::string_view("a\0b", 3), 0755),
              FailsWith(ErrorKind::io, "Invalid"));
}

TEST_F(FsAt, AbsentIsNotAFailure) {
  for (const Links links : {Links::in_root, Links::refuse}) {
    EXPECT_FALSE(must(open_if_exists(root.get(), "nothing", O_RDONLY, links)));
    EXPECT_FALSE(must(open_if_exists(root.get(), "no/thing", O_RDONLY, links)));
    EXPECT_FALSE(must(open_if_exists(root.get(), "file/below", O_RDONLY, links)));
    EXPECT_TRUE(must(open_if_exists(root.get(), "file", O_RDONLY, links)));
    EXPECT_FALSE(must(stat_if_exists(root.get(), "nothing", links)));
    EXPECT_FALSE(must(stat_if_exists(root.get(), "file/below", links)));
  }
  link("nowhere", "dangling");
  EXPECT_FALSE(must(open_if_exists(root.get(), "dangling", O_RDONLY, Links::in_root)));
  EXPECT_THAT(open_if_exists(root.get(), "file", O_RDONLY | O_DIRECTORY, Links::refuse),
              FailsWith(ErrorKind::io, "Not a directory"));
  EXPECT_THAT(open(root.get(), "nothing", O_RDONLY, Links::refuse),
              FailsWith(ErrorKind::not_found, "open nothing"));
  EXPECT_THAT(open_trusted(dir.str() + "/nothing", O_RDONLY), FailsWith(ErrorKind::not_found, "/nothing"));
}

TEST_F(FsAt, StatSeesTheLinkItself) {
  link("file", "link");
  for (const Links links : {Links::in_root, Links::refuse}) {
    EXPECT_TRUE(S_ISLNK(must(stat_if_exists(root.get(), "link", links))->st_mode));
    EXPECT_TRUE(S_ISLNK(must(stat_if_exists(root.get(), "sub/../link", links))->st_mode));
    EXPECT_TRUE(S_ISREG(must(stat_if_exists(root.get(), "sub/file", links))->st_mode));
    EXPECT_TRUE(S_ISDIR(must(stat_if_exists(root.get(), "", links))->st_mode));
  }
  link("/sub", "folder");
  EXPECT_EQ(must(stat_if_exists(root.get(), "folder/file", Links::in_root))->st_size, 5);
  EXPECT_THAT(stat_if_exists(root.get(), "folder/file", Links::refuse),
              FailsWith(ErrorKind::invalid_input, "symbolic link"));
  // ".." of the root is the root.
  EXPECT_EQ(must(stat_if_exists(root.get(), "..", Links::in_root))->st_ino,
            must(stat_if_exists(root.get(), ".", Links::in_root))->st_ino);
}

TEST_F(FsAt, CreatesFiles) {
  const Fd fd = must(open(root.get(), "sub/new", O_WRONLY | O_CREAT | O_EXCL, Links::refuse, 0600));
  ASSERT_EQ(::write(fd.get(), "x", 1), 1);
  EXPECT_EQ(dir.read("root/sub/new"), "x");
  EXPECT_THAT(open(root.get(), "sub/new", O_WRONLY | O_CREAT | O_EXCL, Links::refuse, 0600),
              FailsWith(ErrorKind::io, "exists"));
}

TEST_F(FsAt, ListsSorted) {
  for (const char* name : {"b", "a", "\xff", "A", ".hidden"}) dir.write(std::string("root/sub/") + name, "");
  const Fd sub = must(open(root.get(), "sub", O_PATH | O_DIRECTORY, Links::refuse));
  const std::vector<std::string> expected = {".hidden", "A", "a", "b", "file", "\xff"};
  EXPECT_EQ(must(list(sub.get())), expected);
  EXPECT_EQ(must(list(sub.get())), expected);  // the descriptor's position is not used up
  const Fd readable = must(open(sub.get(), ".", O_RDONLY | O_DIRECTORY, Links::refuse));
  EXPECT_EQ(must(list_opened(readable.get())), expected);
  EXPECT_TRUE(must(list_opened(readable.get())).empty());  // here it is
  const Fd file = must(open(root.get(), "file", O_RDONLY, Links::refuse));
  EXPECT_THAT(list(file.get()), FailsWith(ErrorKind::io, "list directory"));
  EXPECT_THAT(list_opened(file.get()), FailsWith(ErrorKind::io, "list directory"));
}

TEST_F(FsAt, ListsWhatTakesManyReads) {
  std::vector<std::string> expected;
  for (int i = 0; i < 3000; ++i) expected.push_back(std::to_string(100000 + i) + std::string(200, 'x'));
  for (const std::string& name : expected) dir.write("root/many/" + name, "");
  const Fd many = must(open(root.get(), "many", O_RDONLY | O_DIRECTORY, Links::refuse));
  EXPECT_EQ(must(list(many.get())), expected);
}

TEST_F(FsAt, ReadsOnlyRegularFilesWithinTheLimit) {
  ASSERT_EQ(::mkfifoat(root.get(), "fifo", 0600), 0);
  EXPECT_THAT(read("fifo", Links::refuse), FailsWith(ErrorKind::invalid_input, "not a regular file"));
  EXPECT_THAT(read("sub", Links::refuse), FailsWith(ErrorKind::invalid_input, "not a regular file"));
  EXPECT_EQ(must(read_file(root.get(), "file", Links::refuse, 6)), "inside");
  EXPECT_THAT(read_file(root.get(), "file", Links::refuse, 5),
              FailsWith(ErrorKind::invalid_input, "larger than 5 bytes"));
  dir.write("root/empty", "");
  EXPECT_EQ(must(read_file(root.get(), "empty", Links::refuse, 0)), "");
  dir.write("root/large", std::string(300'000, 'x'));
  EXPECT_EQ(must(read("large", Links::refuse)).size(), 300'000u);
}

TEST_F(FsAt, LimitsFilesThatDoNotKnowTheirSize) {
  const Fd proc = must(open_trusted("/proc", O_PATH | O_DIRECTORY));
  EXPECT_THAT(read_file(proc.get(), "cpuinfo", Links::refuse, 3),
              FailsWith(ErrorKind::invalid_input, "larger than 3"));
  EXPECT_FALSE(must(read_file(proc.get(), "cpuinfo", Links::refuse, 16 << 20)).empty());
}

TEST_F(FsAt, ReadsLinks) {
  link("some/../target", "short");
  link(std::string(3000, 'x'), "long");
  EXPECT_EQ(must(read_link(root.get(), "short")), "some/../target");
  EXPECT_EQ(must(read_link(root.get(), "long")), std::string(3000, 'x'));
  EXPECT_THAT(read_link(root.get(), "file"), FailsWith(ErrorKind::io, "read link file"));
  EXPECT_THAT(read_link(root.get(), "nothing"), FailsWith(ErrorKind::not_found, "read link nothing"));
  EXPECT_THAT(read_link(root.get(), "sub/x"), FailsWith(ErrorKind::internal, "not a name"));
}

TEST_F(FsAt, MakesDirectories) {
  const Fd last = must(make_directories(root.get(), "sub/a//./b/c/", 0751));
  struct stat status {};
  ASSERT_EQ(::stat((dir.path() / "root/sub/a/b/c").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0751u);
  struct stat given {};
  ASSERT_EQ(::fstat(last.get(), &given), 0);
  EXPECT_EQ(given.st_ino, status.st_ino);
  ASSERT_EQ(::chmod((dir.path() / "root/sub/a").c_str(), 0700), 0);
  must(make_directories(root.get(), "sub/a/b", 0777));
  ASSERT_EQ(::stat((dir.path() / "root/sub/a").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0700u);  // left alone
}

TEST_F(FsAt, ModesOfNewDirectoriesAreExact) {
  ASSERT_EQ(::chmod((dir.path() / "root").c_str(), 02755), 0);
  const mode_t umask_before = ::umask(0077);
  const auto made = make_directories(root.get(), "wide", 01777);
  ::umask(umask_before);
  EXPECT_THAT(made, test::Succeeds());
  struct stat status {};
  ASSERT_EQ(::stat((dir.path() / "root/wide").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 01777u);
}

TEST_F(FsAt, MakesDirectoriesOnlyBeneath) {
  link("../outside", "way");
  link("nowhere", "dangling");
  EXPECT_THAT(make_directories(root.get(), "../x", 0755), FailsWith(ErrorKind::invalid_input, "\"..\""));
  EXPECT_THAT(make_directories(root.get(), "sub/../../x", 0755),
              FailsWith(ErrorKind::invalid_input, "\"..\""));
  EXPECT_THAT(make_directories(root.get(), "way/x", 0755), FailsWith(ErrorKind::invalid_input, "in the way"));
  EXPECT_THAT(make_directories(root.get(), "dangling/x", 0755),
              FailsWith(ErrorKind::invalid_input, "in the way"));
  EXPECT_THAT(make_directories(root.get(), "file/x", 0755),
              FailsWith(ErrorKind::invalid_input, "in the way"));
  must(make_directories(root.get(), "/absolute", 0755));  // beneath all the same
  EXPECT_TRUE(std::filesystem::exists(dir.path() / "root/absolute"));
  EXPECT_FALSE(std::filesystem::exists(dir.path() / "outside/x"));
}

}  // namespace
}  // namespace mbuild::fs_at
