#include "builder/export/tree_exporter.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "builder/export/tree_walk.h"
#include "registry/base/fs_at.h"
#include "tests/builder/export/export_fixture.h"
#include "tests/support/run_program.h"

namespace mbuild::builder {
namespace {

using test::FailsWith;
using test::must;
using test::Succeeds;

// Shows one directory, whatever the chain.
class FakeSnapshotter : public Snapshotter {
 public:
  explicit FakeSnapshotter(std::string path) : path_(std::move(path)) {}
  Result<std::unique_ptr<TreeView>> view(const LayerChain&) override {
    class View : public TreeView {
     public:
      explicit View(Fd fd) : fd_(std::move(fd)) {}
      int root() const override { return fd_.get(); }

     private:
      Fd fd_;
    };
    return std::make_unique<View>(MBUILD_TRY(fs_at::open_trusted(path_, O_PATH | O_DIRECTORY)));
  }
  Result<std::unique_ptr<Workspace>> prepare(const LayerChain&) override {
    return fail(ErrorKind::internal, "unused");
  }

 private:
  std::string path_;
};

constexpr std::int64_t kNanosecond = 1'700'000'000'123'456'789;

class TreeExporterTest : public ExportTest {
 protected:
  TreeExporterTest() {
    services_.snapshotter = &snapshotter_;
    tree_.write("etc/passwd", "root");
    tree_.write("bin/tool", std::string(300'000, 't'));
    std::filesystem::create_hard_link(tree_.path() / "bin/tool", tree_.path() / "bin/zlink");
    std::filesystem::create_symlink("../../etc/passwd", tree_.path() / "bin/link");
    std::filesystem::create_directory(tree_.path() / "empty");
    tree_.write("void", "");
    std::ignore = ::mkfifo((tree_.path() / "pipe").c_str(), 0600);
    for (const auto& [name, mode] :
         {std::pair{"bin/tool", 04755}, {"etc", 0750}, {"empty", 01777}, {"pipe", 0622}}) {
      ::chmod((tree_.path() / name).c_str(), static_cast<mode_t>(mode));
    }
    for (const char* name : {"bin/tool", "bin/link", "etc/passwd", "etc", "empty", "pipe", "void", "bin"}) {
      const timespec time{kNanosecond / 1'000'000'000, kNanosecond % 1'000'000'000};
      const timespec times[2] = {time, time};
      ::utimensat(AT_FDCWD, (tree_.path() / name).c_str(), times, AT_SYMLINK_NOFOLLOW);
    }
  }
  struct stat status(const std::string& name) const {
    struct stat result {};
    EXPECT_EQ(::lstat(path(name).c_str(), &result), 0) << name;
    return result;
  }
  std::vector<std::string> walked() const {
    std::vector<std::string> names;
    must(walk_tree(tree_.fd(), [&](const TreeFile& file) -> Result<void> {
      names.push_back(file.entry.path);
      return {};
    }));
    return names;
  }
  ExportInput image(const char* platform = "linux/amd64") { return input({make_image({base_}, platform)}); }

  test::TempDir tree_;
  FakeSnapshotter snapshotter_{tree_.str()};
};

TEST_F(TreeExporterTest, TheWalkIsSortedWithParentsFirst) {
  EXPECT_EQ(walked(), (std::vector<std::string>{"bin", "bin/link", "bin/tool", "bin/zlink", "empty", "etc",
                                                "etc/passwd", "pipe", "void"}));
}

TEST_F(TreeExporterTest, TheWalkDescribesWhatItFinds) {
  std::map<std::string, oci::Entry> entries;
  ::setxattr((tree_.path() / "void").c_str(), "user.note", "hi", 2, 0);
  must(walk_tree(tree_.fd(), [&](const TreeFile& file) -> Result<void> {
    entries[file.entry.path] = file.entry;
    return {};
  }));
  EXPECT_EQ(entries["bin/tool"].mode, 04755u);
  EXPECT_EQ(entries["bin/tool"].size, 300'000u);
  EXPECT_EQ(entries["bin/tool"].mtime, kNanosecond);
  EXPECT_EQ(entries["bin/zlink"].type, oci::EntryType::hardlink);
  EXPECT_EQ(entries["bin/zlink"].link, "bin/tool");
  EXPECT_EQ(entries["bin/link"].type, oci::EntryType::symlink);
  EXPECT_EQ(entries["bin/link"].link, "../../etc/passwd");
  EXPECT_EQ(entries["pipe"].type, oci::EntryType::fifo);
  if (!entries["void"].xattrs.empty()) {  // where the file system has them
    EXPECT_EQ(entries["void"].xattrs.at("user.note"), "hi");
  }
}

TEST_F(TreeExporterTest, TheWalkNamesThePathOfAnError) {
  const auto result = walk_tree(tree_.fd(), [](const TreeFile& file) -> Result<void> {
    return file.entry.path == "etc/passwd" ? Result<void>(fail(ErrorKind::io, "no")) : Result<void>();
  });
  EXPECT_THAT(result, FailsWith(ErrorKind::io, "/etc/passwd: no"));
}

TEST_F(TreeExporterTest, LocalGivesTheTree) {
  const mode_t umask_before = ::umask(077);
  ASSERT_THAT(run("local", {{"dest", path("a/out")}}, image()), Succeeds());
  ::umask(umask_before);
  EXPECT_EQ(dir_.read("a/out/bin/tool"), std::string(300'000, 't'));
  EXPECT_EQ(dir_.read("a/out/etc/passwd"), "root");
  EXPECT_EQ(std::filesystem::read_symlink(path("a/out/bin/link")), "../../etc/passwd");
  EXPECT_EQ(status("a/out/bin/tool").st_mode & 07777, 04755u);
  EXPECT_EQ(status("a/out/bin/tool").st_ino, status("a/out/bin/zlink").st_ino);
  EXPECT_EQ(status("a/out/etc").st_mode & 07777, 0750u);
  EXPECT_EQ(status("a/out/empty").st_mode & 07777, 01777u);
  EXPECT_TRUE(S_ISFIFO(status("a/out/pipe").st_mode));
  EXPECT_EQ(status("a/out/pipe").st_mode & 07777, 0622u);
  for (const char* name : {"bin/tool", "bin/link", "etc/passwd", "etc", "bin", "empty", "pipe", "void"}) {
    const auto found = status(std::string("a/out/") + name);
    EXPECT_EQ(found.st_mtim.tv_sec * 1'000'000'000 + found.st_mtim.tv_nsec, kNanosecond) << name;
  }
}

TEST_F(TreeExporterTest, LocalFilesBelongToTheCallerAndDevicesAreLeftOut) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root to make files of others and devices";
  ASSERT_EQ(::lchown((tree_.path() / "etc/passwd").c_str(), 1234, 1234), 0);
  ASSERT_EQ(::mknod((tree_.path() / "null").c_str(), S_IFCHR | 0666, makedev(1, 3)), 0);
  std::filesystem::create_hard_link(tree_.path() / "null", tree_.path() / "null2");
  ASSERT_THAT(run("local", {{"dest", path("out")}}, image()), Succeeds());
  EXPECT_EQ(status("out/etc/passwd").st_uid, 0u);
  EXPECT_FALSE(std::filesystem::exists(path("out/null")));
  EXPECT_FALSE(std::filesystem::exists(path("out/null2")));
}

TEST_F(TreeExporterTest, LocalReplacesFilesAndKeepsOthers) {
  dir_.write("out/other", "mine");
  dir_.write("out/etc/other", "mine");
  dir_.write("out/etc/passwd", "old");
  dir_.write("out/void/was/a/directory", "old");
  dir_.write("out/empty", "was a file");
  dir_.write("outside/passwd", "outside");
  std::filesystem::create_symlink(path("outside"), path("out/bin"));
  std::filesystem::permissions(path("out/etc"), std::filesystem::perms::owner_read);
  ASSERT_THAT(run("local", {{"dest", path("out")}}, image()), Succeeds());
  EXPECT_EQ(dir_.read("out/other"), "mine");
  EXPECT_EQ(dir_.read("out/etc/other"), "mine");
  EXPECT_EQ(dir_.read("out/etc/passwd"), "root");
  EXPECT_EQ(dir_.read("out/void"), "");
  EXPECT_TRUE(S_ISDIR(status("out/empty").st_mode));
  EXPECT_TRUE(S_ISDIR(status("out/bin").st_mode)) << "a symlink is replaced, not followed";
  EXPECT_FALSE(std::filesystem::exists(path("outside/tool")));
  EXPECT_EQ(dir_.read("outside/passwd"), "outside");
  ASSERT_THAT(run("local", {{"dest", path("out")}}, image()), Succeeds()) << "and once more over itself";
}

TEST_F(TreeExporterTest, TarHoldsTheTreeWithItsOwners) {
  const bool root = ::geteuid() == 0;
  if (root) {
    ASSERT_EQ(::lchown((tree_.path() / "etc/passwd").c_str(), 1234, 4321), 0);
  }
  ASSERT_THAT(run("tar", {{"dest", path("out.tar")}}, image()), Succeeds());
  auto source = std::make_unique<test::StringSource>(dir_.read("out.tar"));
  oci::ArchiveReader reader = must(oci::ArchiveReader::open(std::move(source), {}));
  std::vector<std::string> names;
  std::map<std::string, oci::Entry> entries;
  while (auto entry = must(reader.next())) {
    names.push_back(entry->path);
    entries[entry->path] = *entry;
  }
  EXPECT_EQ(names, walked());
  EXPECT_EQ(entries["bin/zlink"].link, "bin/tool");
  EXPECT_EQ(entries["bin/tool"].mode, 04755u);
  if (root) {
    EXPECT_EQ(entries["etc/passwd"].gid, 4321u);
  }
  must(run("tar", {{"dest", path("again.tar")}}, image()));
  EXPECT_EQ(dir_.read("out.tar"), dir_.read("again.tar"));
}

TEST_F(TreeExporterTest, TarGoesToTheDescriptor) {
  const Fd output(::open(dir_.path().c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  services_.output_fd = output.get();
  ASSERT_THAT(run("tar", {{"dest", "-"}}, image()), Succeeds());
  EXPECT_GT(::lseek(output.get(), 0, SEEK_END), 300'000);
}

TEST_F(TreeExporterTest, AnEpochIsEveryFilesTime) {
  ExportInput dated = image();
  dated.source_date_epoch = 1'000'000'000;
  ASSERT_THAT(run("local", {{"dest", path("out")}}, dated), Succeeds());
  for (const char* name : {"out/bin", "out/bin/tool", "out/bin/link", "out/pipe"}) {
    EXPECT_EQ(status(name).st_mtim.tv_sec, 1'000'000'000) << name;
  }
  ASSERT_THAT(run("local", {{"dest", path("off")}, {"source-date-epoch", ""}}, dated), Succeeds());
  EXPECT_NE(status("off/bin/tool").st_mtim.tv_sec, 1'000'000'000);
}

TEST_F(TreeExporterTest, SeveralPlatformsGetFoldersOfTheirOwn) {
  const ExportInput both = input({make_image({base_}), make_image({base_}, "linux/arm/v7")});
  ASSERT_THAT(run("local", {{"dest", path("out")}}, both), Succeeds());
  EXPECT_EQ(dir_.read("out/linux_amd64/etc/passwd"), "root");
  EXPECT_EQ(status("out/linux_arm_v7/bin/tool").st_ino, status("out/linux_arm_v7/bin/zlink").st_ino);
  EXPECT_THAT(run("local", {{"dest", path("one")}, {"platform-split", "false"}}, both),
              FailsWith(ErrorKind::invalid_input, "several platforms have this file"));
  ASSERT_THAT(run("local", {{"dest", path("one")}, {"platform-split", "true"}}, image()), Succeeds());
  EXPECT_EQ(dir_.read("one/linux_amd64/etc/passwd"), "root");
}

TEST_F(TreeExporterTest, ACancelledExportLeavesNoTar) {
  const std::atomic<bool> cancel = true;
  services_.cancel = &cancel;
  EXPECT_THAT(run("tar", {{"dest", path("out.tar")}}, image()), FailsWith(ErrorKind::cancelled, ""));
  EXPECT_TRUE(std::filesystem::is_empty(dir_.path()));
}

}  // namespace
}  // namespace mbuild::builder
