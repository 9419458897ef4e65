#include "builder/sandbox/mount_points.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <limits>

namespace mbuild::builder {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using Kind = MountPoints::Kind;

class MountPointsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = fs::temp_directory_path() / "mbuild-mount-points-XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    outside_ = name;
    root_path_ = outside_ / "root";
    fs::create_directories(root_path_ / "etc");
    root_.reset(::open(root_path_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  }
  void TearDown() override { fs::remove_all(outside_); }

  // Where the place of a target really is.
  std::string place_of(MountPoints& points, const std::string& target, Kind kind) {
    const auto place = points.find_or_make(target, kind);
    if (!place) return place.error().message();
    return fs::read_symlink("/proc/self/fd/" + std::to_string(place->get())).string();
  }
  std::string in_root(const std::string& path) const { return root_path_.string() + path; }
  // Gives a folder an mtime of long ago, with a fraction.
  void make_old(const std::string& path) const {
    const timespec times[] = {{1000, 111}, {1000, 222}};
    ASSERT_EQ(::utimensat(AT_FDCWD, in_root(path).c_str(), times, 0), 0);
  }
  bool is_old(const std::string& path) const {
    struct stat status {};
    ::stat(in_root(path).c_str(), &status);
    return status.st_mtim.tv_sec == 1000 && status.st_mtim.tv_nsec == 222;
  }

  fs::path outside_;
  fs::path root_path_;
  Fd root_;
};

TEST_F(MountPointsTest, FindsWhatIsThere) {
  std::ofstream(in_root("/etc/hosts")) << "x";
  MountPoints points(root_.get());
  EXPECT_EQ(place_of(points, "/etc/hosts", Kind::file), in_root("/etc/hosts"));
  EXPECT_EQ(place_of(points, "//etc/./", Kind::directory), in_root("/etc"));
  points.remove_unused();
  EXPECT_TRUE(fs::exists(in_root("/etc/hosts")));
}

TEST_F(MountPointsTest, MakesAndTakesBackFoldersAndFiles) {
  make_old("/etc");
  make_old("");
  MountPoints points(root_.get());
  EXPECT_EQ(place_of(points, "/etc/a/b/c", Kind::directory), in_root("/etc/a/b/c"));
  EXPECT_EQ(place_of(points, "/etc/a/d", Kind::file), in_root("/etc/a/d"));
  EXPECT_EQ(place_of(points, "/run/secrets/x", Kind::file), in_root("/run/secrets/x"));
  EXPECT_TRUE(fs::is_directory(in_root("/etc/a/b/c")));
  EXPECT_TRUE(fs::is_regular_file(in_root("/etc/a/d")));
  EXPECT_TRUE(is_old("/etc")) << "the step must see the old mtime";
  points.remove_unused();
  EXPECT_FALSE(fs::exists(in_root("/etc/a")));
  EXPECT_FALSE(fs::exists(in_root("/run")));
  EXPECT_TRUE(is_old("/etc"));
  EXPECT_TRUE(is_old(""));
}

TEST_F(MountPointsTest, LeavesWhatTheStepUsed) {
  MountPoints points(root_.get());
  place_of(points, "/a/b", Kind::directory);
  place_of(points, "/c", Kind::file);
  std::ofstream(in_root("/a/mine")) << "x";
  std::ofstream(in_root("/c")) << "x";
  points.remove_unused();
  EXPECT_TRUE(fs::exists(in_root("/a/mine")));
  EXPECT_FALSE(fs::exists(in_root("/a/b")));
  EXPECT_TRUE(fs::exists(in_root("/c")));
}

TEST_F(MountPointsTest, LeavesTheStepsOwnChangeOfTheParent) {
  make_old("/etc");
  MountPoints points(root_.get());
  place_of(points, "/etc/stub", Kind::file);
  std::ofstream(in_root("/etc/mine")) << "x";
  struct stat before {};
  ::stat(in_root("/etc").c_str(), &before);
  points.remove_unused();
  struct stat after {};
  ::stat(in_root("/etc").c_str(), &after);
  EXPECT_EQ(before.st_mtim.tv_sec, after.st_mtim.tv_sec);
  EXPECT_EQ(before.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
  EXPECT_FALSE(is_old("/etc"));
}

TEST_F(MountPointsTest, ModesAreNotTheUmasks) {
  const mode_t before = ::umask(0);
  MountPoints points(root_.get());
  place_of(points, "/x/y", Kind::file);
  ::umask(before);
  struct stat status {};
  ::stat(in_root("/x").c_str(), &status);
  EXPECT_EQ(status.st_mode & 07777, 0755u);
  ::stat(in_root("/x/y").c_str(), &status);
  EXPECT_EQ(status.st_mode & 07777, 0644u);
}

TEST_F(MountPointsTest, FollowsSymlinksWithinTheRoot) {
  fs::create_symlink("/run/resolve/stub.conf", in_root("/etc/resolv.conf"));
  fs::create_symlink("../../../../var", in_root("/etc/up"));
  MountPoints points(root_.get());
  EXPECT_EQ(place_of(points, "/etc/resolv.conf", Kind::file), in_root("/run/resolve/stub.conf"));
  EXPECT_EQ(place_of(points, "/etc/up/x", Kind::directory), in_root("/var/x"));
  EXPECT_EQ(place_of(points, "/etc/../../../etc/y", Kind::file), in_root("/etc/y"));
  points.remove_unused();
  EXPECT_FALSE(fs::exists(in_root("/run")));
  EXPECT_FALSE(fs::exists(in_root("/var")));
  EXPECT_TRUE(fs::is_symlink(in_root("/etc/resolv.conf")));
}

TEST_F(MountPointsTest, NeverLeavesTheRoot) {
  std::ofstream(outside_ / "secret") << "x";
  fs::create_symlink(outside_ / "secret", in_root("/etc/absolute"));
  fs::create_symlink("../../secret", in_root("/etc/relative"));
  fs::create_symlink("/proc/self/root" + outside_.string(), in_root("/etc/magic"));
  MountPoints points(root_.get());
  EXPECT_EQ(place_of(points, "/etc/absolute", Kind::file),
            root_path_.string() + outside_.string() + "/secret");
  EXPECT_EQ(place_of(points, "/etc/relative", Kind::file), in_root("/secret"));
  EXPECT_THAT(place_of(points, "/etc/magic/x", Kind::file), testing::StartsWith(root_path_.string()));
  points.remove_unused();
  EXPECT_TRUE(fs::exists(outside_ / "secret"));
  EXPECT_EQ(std::distance(fs::directory_iterator(outside_), fs::directory_iterator()), 2);
}

TEST_F(MountPointsTest, RefusesLoopsOfSymlinks) {
  fs::create_symlink("b", in_root("/etc/a"));
  fs::create_symlink("a", in_root("/etc/b"));
  MountPoints points(root_.get());
  EXPECT_THAT(place_of(points, "/etc/a/x", Kind::file), HasSubstr("symbolic links"));
}

TEST_F(MountPointsTest, RefusesWrongKindsAndTheRoot) {
  std::ofstream(in_root("/etc/file")) << "x";
  fs::create_symlink("/", in_root("/top"));
  MountPoints points(root_.get());
  EXPECT_THAT(place_of(points, "/etc", Kind::file), HasSubstr("a file cannot be mounted on a directory"));
  EXPECT_THAT(place_of(points, "/etc/file", Kind::directory), HasSubstr("mount on /etc/file: "));
  EXPECT_THAT(place_of(points, "/etc/file/below", Kind::file), HasSubstr("file is not a directory"));
  EXPECT_THAT(place_of(points, "/", Kind::directory), HasSubstr("root directory"));
  EXPECT_THAT(place_of(points, "/top", Kind::directory), HasSubstr("root directory"));
  EXPECT_THAT(place_of(points, "/new/..", Kind::directory), HasSubstr("root directory"));
}

TEST_F(MountPointsTest, TakesAFifoForAFile) {
  ASSERT_EQ(::mkfifo(in_root("/etc/hosts").c_str(), 0644), 0);
  MountPoints points(root_.get());
  EXPECT_EQ(place_of(points, "/etc/hosts", Kind::file), in_root("/etc/hosts"));
  points.remove_unused();
  EXPECT_TRUE(fs::is_fifo(in_root("/etc/hosts")));
}

TEST_F(MountPointsTest, ForbidsOneFolder) {
  MountPoints points(root_.get());
  const auto proc = points.find_or_make_kept("proc");
  ASSERT_TRUE(proc);
  points.forbid(proc->get());
  EXPECT_THAT(place_of(points, "/proc", Kind::directory), HasSubstr("nothing can be mounted there"));
  EXPECT_THAT(place_of(points, "/etc/../proc/x/y", Kind::file), HasSubstr("nothing can be mounted there"));
  EXPECT_FALSE(fs::exists(in_root("/proc/x")));
}

TEST_F(MountPointsTest, KeepsTheStandardFolders) {
  fs::create_symlink("etc", in_root("/sys"));
  std::ofstream(in_root("/dev")) << "x";
  MountPoints points(root_.get());
  EXPECT_TRUE(points.find_or_make_kept("proc"));
  points.remove_unused();
  EXPECT_TRUE(fs::is_directory(in_root("/proc")));
  for (const char* name : {"sys", "dev"}) {
    const auto refused = points.find_or_make_kept(name);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind(), ErrorKind::invalid_input);
    EXPECT_THAT(refused.error().message(), HasSubstr("is not a directory"));
  }
}

}  // namespace
}  // namespace mbuild::builder
