#include "registry/base/file_owner.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <string>

#include "registry/base/fd.h"
#include "tests/support/temp_dir.h"

namespace mbuild {
namespace {

namespace fs = std::filesystem;

class FileOwnerTest : public testing::Test {
 protected:
  void SetUp() override {
    std::ofstream(folder_.path() / "file") << "x";
    fs::create_directory(folder_.path() / "directory");
    fs::create_symlink("file", folder_.path() / "link");
    ::mkfifo((folder_.path() / "fifo").c_str(), 0600);
    directory_.reset(::open(folder_.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  }

  // Runs `work` in a process of its own, as what a process may do is found out once; gives what it returns.
  static std::string in_child(const std::function<std::string()>& work) {
    int ends[2];
    if (::pipe(ends) != 0) return "no pipe";
    const pid_t child = ::fork();
    if (child == 0) {
      const std::string text = work();
      [[maybe_unused]] const ssize_t size = ::write(ends[1], text.data(), text.size());
      ::_exit(0);
    }
    ::close(ends[1]);
    std::string text;
    char buffer[1024];
    for (ssize_t size = 0; (size = ::read(ends[0], buffer, sizeof buffer)) > 0;)
      text.append(buffer, static_cast<std::size_t>(size));
    ::close(ends[0]);
    ::waitpid(child, nullptr, 0);
    return text;
  }

  // As root of a user namespace with one id.
  static std::string with_one_id(const std::function<std::string()>& work) {
    return in_child([&] {
      const uid_t uid = ::geteuid();
      const gid_t gid = ::getegid();
      if (::unshare(CLONE_NEWUSER) != 0) return std::string("no user namespace");
      std::ofstream("/proc/self/setgroups") << "deny";
      std::ofstream("/proc/self/uid_map") << "0 " << uid << " 1";
      std::ofstream("/proc/self/gid_map") << "0 " << gid << " 1";
      return work();
    });
  }

  std::string owner_at(const char* name) const {
    struct stat status {};
    if (::fstatat(directory_.get(), name, &status, AT_SYMLINK_NOFOLLOW) != 0) return "no such file";
    read_owner_at(directory_.get(), name, status);
    return std::to_string(status.st_uid) + ":" + std::to_string(status.st_gid);
  }
  static std::string owner_of(const Fd& fd) {
    struct stat status {};
    ::fstat(fd.get(), &status);
    read_owner(fd.get(), status);
    return std::to_string(status.st_uid) + ":" + std::to_string(status.st_gid);
  }

  test::TempDir folder_;
  Fd directory_;
};

TEST_F(FileOwnerTest, RootGivesFilesAway) {
  if (::geteuid() != 0) GTEST_SKIP() << "changing owners needs root";
  EXPECT_EQ(in_child([&] {
              if (owners_are_recorded()) return std::string("recorded");
              if (set_owner_at(directory_.get(), "link", 5, 6) != 0) return std::string("not set");
              return owner_at("link");
            }),
            "5:6");
  struct stat status {};
  ASSERT_EQ(::lstat((folder_.path() / "link").c_str(), &status), 0);
  EXPECT_EQ(status.st_uid, 5u);
}

TEST_F(FileOwnerTest, OneIdNotesOwnersOfEveryKindOfFile) {
  for (const char* name : {"file", "directory", "link", "fifo"}) {
    EXPECT_EQ(with_one_id([&] {
                if (!owners_are_recorded()) return std::string("not recorded");
                std::string text = owner_at(name);
                if (set_owner_at(directory_.get(), name, 1000, 33) != 0) return std::string("not set");
                text += " " + owner_at(name);
                if (set_owner_at(directory_.get(), name, static_cast<uid_t>(-1), 44) != 0)
                  return std::string("not set");
                text += " " + owner_at(name);
                if (set_owner_at(directory_.get(), name, 0, 0) != 0) return std::string("not reset");
                return text + " " + owner_at(name);
              }),
              "0:0 1000:33 1000:44 0:0")
        << name;
  }
}

TEST_F(FileOwnerTest, ANoteIsFoundByDescriptorAndByName) {
  EXPECT_EQ(with_one_id([&] {
              const Fd file(::openat(directory_.get(), "file", O_RDONLY | O_CLOEXEC));
              if (set_owner(file.get(), 7, 8) != 0) return std::string("not set");
              return owner_at("file") + " " + owner_of(file);
            }),
            "7:8 7:8");
}

TEST_F(FileOwnerTest, AChangeOfOwnerTakesTheSetUserIdBitAway) {
  ::chmod((folder_.path() / "file").c_str(), 04755);
  EXPECT_EQ(with_one_id([&] {
              struct stat status {};
              if (set_owner_at(directory_.get(), "file", 7, 8) != 0) return std::string("not set");
              ::fstatat(directory_.get(), "file", &status, 0);
              return std::to_string(status.st_mode & 07777);
            }),
            std::to_string(0755));
}

TEST_F(FileOwnerTest, NotesAreNoAttributesOfAnImage) {
  EXPECT_TRUE(is_owner_record("user.mbuild.owner"));
  EXPECT_TRUE(is_owner_record("user.mbuild.owner.0123456789abcdef"));
  EXPECT_FALSE(is_owner_record("user.mime_type"));
}

}  // namespace
}  // namespace mbuild
