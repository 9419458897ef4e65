#include "builder/sandbox/step_mounts.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "builder/sandbox/mounts.h"
#include "tests/builder/sandbox/sandbox_fixture.h"

namespace mbuild::builder {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class StepMountsTest : public SandboxTest {
 protected:
  void SetUp() override {
    SandboxTest::SetUp();
    if (IsSkipped()) return;
    source_ = directory_ + "/source";
    fs::create_directories(source_ + "/sub");
    std::ofstream(source_ + "/file") << "from outside";
    open_source(source_);
  }

  int open_source(const std::string& name) {
    opened_.emplace_back(::open(name.c_str(), O_PATH | O_CLOEXEC));
    EXPECT_TRUE(opened_.back()) << name;
    return opened_.back().get();
  }
  SandboxMount bind(const std::string& target, const std::string& below = "") {
    SandboxMount mount;
    mount.source_fd = open_source(source_ + below);
    mount.target = target;
    return mount;
  }
  static SandboxMount tmpfs(const std::string& target) {
    SandboxMount mount;
    mount.kind = SandboxMount::Kind::tmpfs;
    mount.target = target;
    return mount;
  }
  static SandboxMount data(const std::string& target, const std::string& contents) {
    SandboxMount mount;
    mount.kind = SandboxMount::Kind::data;
    mount.target = target;
    mount.data = contents;
    mount.mode = 0644;
    return mount;
  }
  SandboxSpec shell_with(const std::string& script, std::vector<SandboxMount> mounts) const {
    SandboxSpec spec = shell(script);
    spec.mounts = std::move(mounts);
    return spec;
  }
  // Names of everything in the rootfs.
  std::vector<std::string> tree() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::recursive_directory_iterator(rootfs_)) names.push_back(entry.path());
    std::ranges::sort(names);
    return names;
  }

  std::string source_;
  std::vector<Fd> opened_;
};

TEST_F(StepMountsTest, BindsFoldersAndFiles) {
  const Ran ran = run_well(shell_with("cat /mnt/file /etc/config; echo written > /mnt/new; ls /mnt",
                                      {bind("/mnt"), bind("/etc/config", "/file")}));
  EXPECT_EQ(ran.output, "from outsidefrom outsidefile\nnew\nsub\n") << ran.error_output;
  EXPECT_TRUE(fs::exists(source_ + "/new"));
  EXPECT_FALSE(fs::exists(path("/mnt")));
  EXPECT_FALSE(fs::exists(path("/etc/config")));
}

TEST_F(StepMountsTest, BindsReadOnly) {
  auto folder = bind("/mnt");
  auto file = bind("/etc/config", "/file");
  folder.read_only = file.read_only = true;
  const Ran ran = run_well(shell_with(
      "echo x > /mnt/new; echo x > /etc/config; rm /mnt/file; mount -o remount,rw /mnt", {folder, file}));
  EXPECT_THAT(ran.error_output, HasSubstr("can't create /mnt/new: Read-only file system"));
  EXPECT_THAT(ran.error_output, HasSubstr("can't create /etc/config: Read-only file system"));
  EXPECT_THAT(ran.error_output, HasSubstr("rm: can't remove '/mnt/file': Read-only file system"));
  EXPECT_FALSE(fs::exists(source_ + "/new"));
}

TEST_F(StepMountsTest, MountsEmptyFileSystemsOfTheGivenSize) {
  auto mount = tmpfs("/cache");
  mount.size_bytes = 1 << 20;
  mount.mode = 01770;
  mount.uid = 5;
  mount.gid = 6;
  const Ran ran =
      run_well(shell_with("stat -c '%a %u %g' /cache; df -k /cache | tail -1 | awk '{print $2}'; "
                          "dd if=/dev/zero of=/cache/x bs=1k count=2000 2>&1 | grep -c 'No space'",
                          {mount}));
  EXPECT_EQ(ran.output, "1770 5 6\n1024\n1\n");
  EXPECT_FALSE(fs::exists(path("/cache")));
}

TEST_F(StepMountsTest, MountsDataThatNeverReachesTheRootfs) {
  const std::string large(3 << 20, 'x');
  auto secret = data("/run/secrets/token", "s3cret");
  secret.mode = 0400;
  secret.uid = 7;
  secret.gid = 8;
  auto script = data("/dev/pipes/script", "#!/bin/sh\necho ran\n");
  script.mode = 0755;
  const auto before = tree();
  const Ran ran = run_well(
      shell_with("cat /run/secrets/token; stat -c ' %a %u %g %s' /run/secrets/token; /dev/pipes/script; "
                 "wc -c < /etc/large; echo x > /run/secrets/token",
                 {secret, script, data("/etc/large", large), data("/etc/empty", "")}));
  EXPECT_EQ(ran.output, "s3cret 400 7 8 6\nran\n3145728\n") << ran.error_output;
  EXPECT_THAT(ran.error_output, HasSubstr("Read-only file system"));
  EXPECT_EQ(tree(), before);
}

TEST_F(StepMountsTest, CoversFilesOfTheImage) {
  write_file("/etc/resolv.conf", "nameserver 192.0.2.1\n");
  EXPECT_EQ(run_well(shell_with("cat /etc/resolv.conf", {data("/etc/resolv.conf", "mine\n")})).output,
            "mine\n");
  EXPECT_EQ(read_file("/etc/resolv.conf"), "nameserver 192.0.2.1\n");
}

TEST_F(StepMountsTest, MountsNestedTargetsOutermostFirst) {
  const Ran ran =
      run_well(shell_with("cat /mnt/sub/deep/file; ls /mnt /mnt/sub",
                          {data("/mnt/sub/deep/file", "nested\n"), tmpfs("/mnt/sub"), bind("/mnt")}));
  EXPECT_EQ(ran.output, "nested\n/mnt:\nfile\nsub\n\n/mnt/sub:\ndeep\n") << ran.error_output;
}

TEST_F(StepMountsTest, LeavesMountPointsThatItMadeInSharedMounts) {
  // Another step may have mounted on it meanwhile; removing it would take that mount away.
  EXPECT_EQ(run_well(shell_with("ls /mnt", {bind("/mnt"), tmpfs("/mnt/inner")})).output,
            "file\ninner\nsub\n");
  EXPECT_TRUE(fs::is_directory(source_ + "/inner"));
}

TEST_F(StepMountsTest, FailsToMakeAMountPointInAReadOnlyMount) {
  auto outer = bind("/mnt");
  outer.read_only = true;
  const auto ran = run(shell_with("true", {outer, tmpfs("/mnt/inner")}));
  ASSERT_FALSE(ran);
  EXPECT_EQ(ran.error().message(), "make mount point /mnt/inner: Read-only file system");
}

TEST_F(StepMountsTest, LeavesTheRootfsAsItWas) {
  write_file("/etc/hosts", "old");
  struct timespec old[] = {{1000, 1}, {1000, 2}};
  for (const char* name : {"", "/etc", "/usr", "/usr/lib", "/tmp"}) {
    ASSERT_EQ(::utimensat(AT_FDCWD, path(name).c_str(), old, 0), 0);
  }
  const auto before = tree();
  const Ran ran = run_well(shell_with("stat -c %Y /etc; cat /usr/lib/a/b/c/f",
                                      {data("/etc/hosts", "h"), data("/etc/resolv.conf", "r"),
                                       data("/usr/lib/a/b/c/f", "f"), tmpfs("/srv/x/y"), bind("/usr/z")}));
  EXPECT_EQ(ran.output, "1000\nf");
  EXPECT_EQ(tree(), before);
  for (const char* name : {"", "/etc", "/usr", "/usr/lib", "/tmp"}) {
    struct stat status {};
    ASSERT_EQ(::stat(path(name).c_str(), &status), 0);
    EXPECT_EQ(status.st_mtim.tv_sec, 1000) << name;
    EXPECT_EQ(status.st_mtim.tv_nsec, 2) << name;
  }
}

TEST_F(StepMountsTest, KeepsWhatTheStepDidBesideTheMountPoints) {
  run_well(shell_with("echo x > /run/secrets/mine; touch /etc/new; rm /run/other",
                      {data("/run/secrets/token", "s"), data("/run/other", "o"), data("/etc/stub", "")}));
  EXPECT_EQ(read_file("/run/secrets/mine"), "x\n");
  EXPECT_FALSE(fs::exists(path("/run/secrets/token")));
  EXPECT_FALSE(fs::exists(path("/run/other")));
  EXPECT_TRUE(fs::exists(path("/etc/new")));
  EXPECT_FALSE(fs::exists(path("/etc/stub")));
}

TEST_F(StepMountsTest, TakesBackMountPointsOfAStepThatCannotStart) {
  const auto before = tree();
  SandboxSpec spec = program({"/missing"});
  spec.mounts = {data("/a/b", "x"), tmpfs("/c")};
  EXPECT_FALSE(run(spec));
  spec.mounts.push_back(tmpfs("/bin/busybox"));  // fails after the others were attached
  EXPECT_FALSE(run(spec));
  EXPECT_EQ(tree(), before);
}

TEST_F(StepMountsTest, LeavesTheStandardFoldersOnAnEmptyRootfs) {
  const std::string empty = directory_ + "/empty";
  fs::create_directories(empty + "/bin");
  fs::copy_file(path("/bin/busybox"), empty + "/bin/busybox");
  SandboxSpec spec;
  spec.rootfs_fd = open_source(empty);
  spec.argv = {"/bin/busybox", "ls", "/"};
  spec.mounts = {data("/etc/resolv.conf", "r"), data("/etc/hosts", "h"), data("/dev/pipes/x", "p")};
  EXPECT_EQ(run_well(spec).output, "bin\ndev\netc\nproc\nsys\n");
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(empty)) {
    names.push_back(entry.path().filename());
    EXPECT_EQ(static_cast<unsigned>(entry.status().permissions()), 0755u) << names.back();
  }
  EXPECT_THAT(names, testing::UnorderedElementsAre("bin", "dev", "proc", "sys"));
}

TEST_F(StepMountsTest, NeverLeavesTheRootBySymlinks) {
  const std::string outside = directory_ + "/outside";
  fs::create_directories(outside);
  fs::create_symlink(outside, path("/etc/absolute"));
  fs::create_symlink("../../outside", path("/etc/relative"));
  fs::create_symlink("/proc/1/root" + outside, path("/etc/magic"));
  fs::remove(path("/etc/resolv.conf"));
  fs::create_symlink("../../../../../.." + outside + "/resolv.conf", path("/etc/resolv.conf"));
  const Ran ran = run_well(shell_with(
      "cat /etc/absolute/a /etc/relative/b /etc/resolv.conf",
      {data("/etc/absolute/a", "a"), data("/etc/relative/b", "b"), data("/etc/resolv.conf", "r")}));
  EXPECT_EQ(ran.output, "abr") << ran.error_output;
  EXPECT_TRUE(fs::is_empty(outside));
  EXPECT_FALSE(run(shell_with("true", {data("/etc/magic/c", "c")}))) << "it leads into /proc";
  EXPECT_TRUE(fs::is_empty(outside));
}

TEST_F(StepMountsTest, MountsOnAFifo) {
  ASSERT_EQ(::mkfifo(path("/etc/resolv.conf").c_str(), 0644), 0);
  EXPECT_EQ(run_well(shell_with("cat /etc/resolv.conf", {data("/etc/resolv.conf", "r")})).output, "r");
}

TEST_F(StepMountsTest, RefusesTargetsThatCannotBe) {
  const auto message_of = [&](const SandboxMount& mount) {
    const auto ran = run(shell_with("true", {mount}));
    return ran ? std::string("started") : ran.error().message();
  };
  EXPECT_EQ(message_of(tmpfs("/")), "mount on /: it is the root directory");
  EXPECT_EQ(message_of(tmpfs("/proc")), "mount on /proc: nothing can be mounted there");
  EXPECT_EQ(message_of(data("/proc/version", "v")), "mount on /proc/version: nothing can be mounted there");
  EXPECT_EQ(message_of(tmpfs("relative")), "mount relative: not an absolute path");
  EXPECT_EQ(message_of(data("/etc", "x")), "mount on /etc: a file cannot be mounted on a directory");
  EXPECT_EQ(message_of(bind("/bin/busybox")),
            "mount on /bin/busybox: a directory cannot be mounted on what is none");
  EXPECT_EQ(message_of(data("/sys/x", "x")), "make mount point /sys/x: Read-only file system");
  auto bad = tmpfs("/x");
  bad.source_fd = -1;
  bad.kind = SandboxMount::Kind::bind;
  EXPECT_THAT(message_of(bad), HasSubstr("mount /x: "));
}

TEST_F(StepMountsTest, BindsWhatIsMountedBelowTheSource) {
  // A detached tree with a mount in it, as a snapshot may be.
  const Fd tree(::open_tree(open_source(source_), "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH));
  ASSERT_TRUE(tree);
  auto mount = bind("/mnt");
  mount.source_fd = tree.get();
  EXPECT_EQ(run_well(shell_with("cat /mnt/file", {mount})).output, "from outside");
  const Fd file(::openat(tree.get(), "file", O_PATH | O_CLOEXEC));
  mount.source_fd = file.get();
  mount.target = "/etc/config";
  EXPECT_EQ(run_well(shell_with("cat /etc/config", {mount})).output, "from outside");
}

TEST_F(StepMountsTest, LeavesNothingInTheUpperFolderOfAnOverlay) {
  for (const char* name : {"/upper", "/work"}) fs::create_directories(directory_ + name);
  const timespec old[] = {{1000, 1}, {1000, 2}};
  ASSERT_EQ(::utimensat(AT_FDCWD, path("/etc").c_str(), old, 0), 0);
  const auto overlay = new_mount(
      "overlay",
      {{"lowerdir", rootfs_}, {"upperdir", directory_ + "/upper"}, {"workdir", directory_ + "/work"}}, 0);
  ASSERT_TRUE(overlay) << overlay.error().message();
  SandboxSpec spec =
      shell_with("cat /etc/resolv.conf /run/secrets/x; echo made > /tmp/made",
                 {data("/etc/resolv.conf", "r"), data("/run/secrets/x", "x"), tmpfs("/usr/lib/deep/er")});
  spec.rootfs_fd = overlay->get();
  EXPECT_EQ(run_well(spec).output, "rx");
  spec.argv.back() = "cat /tmp/made";  // a second step on the same tree
  EXPECT_EQ(run_well(spec).output, "made\n");
  std::vector<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(directory_ + "/upper")) {
    // Folders whose mount points were made are copied up, with nothing in them.
    if (!entry.is_directory()) files.push_back(entry.path().filename());
    EXPECT_THAT(entry.path().filename(), testing::AnyOf("etc", "usr", "lib", "tmp", "made"));
  }
  EXPECT_THAT(files, testing::ElementsAre("made"));
  struct stat status {};
  ASSERT_EQ(::stat((directory_ + "/upper/etc").c_str(), &status), 0);
  EXPECT_EQ(status.st_mtim.tv_sec, 1000);
  EXPECT_EQ(status.st_mtim.tv_nsec, 2);
}

}  // namespace
}  // namespace mbuild::builder
