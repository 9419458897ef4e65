// Steps without namespaces: what they see, what they cannot reach, and what is left of them.
#include "builder/sandbox/chroot_sandbox.h"

#include <dirent.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "tests/builder/sandbox/sandbox_fixture.h"

namespace mbuild::builder {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::steady_clock;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ChrootSandboxTest : public SandboxTest {
 protected:
  void SetUp() override {
    SandboxTest::SetUp();
    if (!IsSkipped()) sandbox_ = std::make_unique<ChrootSandbox>();
  }

  // The names beside the rootfs: no folder of what was held may be left.
  std::vector<std::string> beside() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(directory_)) names.push_back(entry.path().filename());
    return names;
  }
  static SandboxMount data(const std::string& target, const std::string& text) {
    SandboxMount mount;
    mount.kind = SandboxMount::Kind::data;
    mount.target = target;
    mount.data = text;
    mount.mode = 0644;
    return mount;
  }
  // `folder` is made beside the rootfs.
  SandboxMount bind(const std::string& folder, const std::string& target, bool read_only) {
    fs::create_directories(directory_ + "/" + folder);
    sources_.emplace_back(::open((directory_ + "/" + folder).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    SandboxMount mount;
    mount.source_fd = sources_.back().get();
    mount.target = target;
    mount.read_only = read_only;
    return mount;
  }
  std::string in_folder(const std::string& name) const {
    std::ifstream file(directory_ + "/" + name);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  std::vector<Fd> sources_;
};

TEST_F(ChrootSandboxTest, RunsAStep) {
  const Ran ran = run_well(shell("echo out; echo err >&2; echo x > /dev/null; touch /tmp/made; exit 3"));
  EXPECT_EQ(ran.exit.code, 3);
  EXPECT_EQ(ran.output, "out\n");
  EXPECT_EQ(ran.error_output, "err\n");
  EXPECT_TRUE(fs::exists(path("/tmp/made")));
  EXPECT_GT(ran.exit.resources.wall.count(), 0);
}

TEST_F(ChrootSandboxTest, HasDefaultCapabilitiesButChrootsNoFurther) {
  // No /proc in the step: what the program may do shows it.
  EXPECT_EQ(output_of("touch /tmp/x && chown 33:44 /tmp/x && stat -c '%u %g' /tmp/x"), "33 44\n");
  EXPECT_THAT(run_well(shell("busybox chroot / true")).error_output, HasSubstr("Operation not permitted"));
  EXPECT_EQ(output_of(helper_path + " " + std::to_string(SYS_unshare) + " 0x10000000"), "EPERM\n");
  EXPECT_EQ(output_of(helper_path + " " + std::to_string(SYS_ptrace) + " 16 " + std::to_string(::getpid())),
            "EPERM\n");
}

TEST_F(ChrootSandboxTest, RunsAsAnotherUser) {
  SandboxSpec spec = shell("id -u; id -g; id -G");
  spec.uid = 1000;
  spec.gid = 1001;
  spec.supplementary_gids = {5};
  EXPECT_EQ(run_well(spec).output, "1000\n1001\n1001 5\n");
}

TEST_F(ChrootSandboxTest, NamesTheProgramThatIsMissing) {
  const auto ran = run(program({"/bin/none"}));
  ASSERT_FALSE(ran);
  EXPECT_EQ(ran.error().message(), "exec /bin/none: No such file or directory");
  EXPECT_THAT(beside(), ElementsAre("rootfs"));
}

TEST_F(ChrootSandboxTest, SystemFoldersAreAsTheyWereAfterwards) {
  write_file("/dev/of-the-image", "x");
  struct stat before {};
  ::stat(path("/dev").c_str(), &before);
  EXPECT_EQ(
      output_of("ls /dev; echo y > /dev/made"),
      "core\nfd\nfull\nmqueue\nnull\nptmx\npts\nrandom\nshm\nstderr\nstdin\nstdout\ntty\nurandom\nzero\n");
  struct stat after {};
  ::stat(path("/dev").c_str(), &after);
  EXPECT_EQ(before.st_ino, after.st_ino);
  EXPECT_EQ(before.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
  EXPECT_TRUE(fs::exists(path("/dev/of-the-image")));
  EXPECT_FALSE(fs::exists(path("/dev/made")));
  EXPECT_FALSE(fs::exists(path("/dev/null")));
  EXPECT_THAT(beside(), ElementsAre("rootfs"));
}

TEST_F(ChrootSandboxTest, FilesStandInForDataMounts) {
  write_file("/etc/hosts", "of the image\n");
  SandboxSpec spec = shell("cat /etc/hosts /etc/resolv.conf; echo changed > /etc/hosts");
  spec.mounts = {data("/etc/hosts", "of the step\n"), data("/etc/resolv.conf", "resolver\n")};
  struct stat before {};
  ::stat(path("/etc").c_str(), &before);
  EXPECT_EQ(run_well(spec).output, "of the step\nresolver\n");
  EXPECT_EQ(read_file("/etc/hosts"), "of the image\n");
  EXPECT_FALSE(fs::exists(path("/etc/resolv.conf")));
  struct stat after {};
  ::stat(path("/etc").c_str(), &after);
  EXPECT_EQ(before.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
}

TEST_F(ChrootSandboxTest, AReadOnlyBindIsACopy) {
  SandboxSpec spec = shell("cat /in/deep/file; echo changed > /in/deep/file");
  spec.mounts = {bind("context", "/in/deep", true)};
  std::ofstream(directory_ + "/context/file") << "original\n";
  EXPECT_EQ(run_well(spec).output, "original\n");
  EXPECT_EQ(in_folder("context/file"), "original\n");
  EXPECT_FALSE(fs::exists(path("/in")));
}

TEST_F(ChrootSandboxTest, AWritableFolderIsLentAndComesBack) {
  SandboxSpec spec = shell("cat /cache/old; echo new > /cache/new; chmod 700 /cache");
  spec.mounts = {bind("cache", "/cache", false)};
  std::ofstream(directory_ + "/cache/old") << "old\n";
  EXPECT_EQ(run_well(spec).output, "old\n");
  EXPECT_EQ(in_folder("cache/new"), "new\n");
  EXPECT_EQ(in_folder("cache/old"), "old\n");
  EXPECT_FALSE(fs::exists(path("/cache")));
}

TEST_F(ChrootSandboxTest, ALentFolderComesBackFromAStepThatFailed) {
  SandboxSpec spec = program({"/bin/none"});
  spec.mounts = {bind("cache", "/cache", false)};
  std::ofstream(directory_ + "/cache/old") << "old\n";
  EXPECT_FALSE(run(spec));
  EXPECT_EQ(in_folder("cache/old"), "old\n");
}

TEST_F(ChrootSandboxTest, TwoStepsTakeTurnsWithALentFolder) {
  const std::string second = directory_ + "/second";
  fs::copy(rootfs_, second, fs::copy_options::recursive | fs::copy_options::copy_symlinks);
  const Fd second_root(::open(second.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  SandboxSpec one = shell("sleep 0.3; echo one >> /cache/log");
  one.mounts = {bind("cache", "/cache", false)};
  SandboxSpec two = shell("echo two >> /cache/log");
  two.mounts = {bind("cache", "/cache", false)};
  two.rootfs_fd = second_root.get();
  std::thread thread([&] { run_well(one); });
  std::this_thread::sleep_for(milliseconds(100));
  run_well(two);
  thread.join();
  EXPECT_EQ(in_folder("cache/log"), "one\ntwo\n");
}

TEST_F(ChrootSandboxTest, SymlinksOfTheImageLeadNowhereElse) {
  fs::create_directories(directory_ + "/outside");
  fs::create_directory_symlink("../outside", path("/link"));
  SandboxSpec spec = shell("ls /link");
  spec.mounts = {data("/link/secret", "secret\n")};
  EXPECT_EQ(run_well(spec).output, "secret\n");
  EXPECT_TRUE(fs::is_empty(directory_ + "/outside"));
}

TEST_F(ChrootSandboxTest, RefusesADevThatIsASymlink) {
  fs::remove_all(path("/dev"));
  fs::create_directory_symlink("../..", path("/dev"));
  const auto ran = run(shell("true"));
  ASSERT_FALSE(ran);
  EXPECT_THAT(ran.error().message(), HasSubstr("/dev is not a directory"));
}

TEST_F(ChrootSandboxTest, HasNoNetworkOfItsOwn) {
  SandboxSpec spec = shell("true");
  spec.network = NetworkMode::none;
  const auto ran = run(spec);
  ASSERT_FALSE(ran);
  EXPECT_EQ(ran.error().kind(), ErrorKind::unsupported);
}

TEST_F(ChrootSandboxTest, KillsWhatTheStepLeavesRunning) {
  const std::string mark = "7319" + std::to_string(::getpid());
  const auto begun = steady_clock::now();
  const Ran ran =
      run_well(shell("(trap '' HUP TERM; setsid sleep " + mark + " &) ; sleep " + mark + " & echo done"));
  EXPECT_EQ(ran.output, "done\n");
  EXPECT_LT(steady_clock::now() - begun, milliseconds(5000));
  for (const auto& entry : fs::directory_iterator("/proc")) {
    std::ifstream file(entry.path() / "cmdline");
    const std::string line{std::istreambuf_iterator<char>(file), {}};
    EXPECT_EQ(line.find(mark), std::string::npos) << entry.path();
  }
}

TEST_F(ChrootSandboxTest, CancelsAStepThatForks) {
  bool started = false;
  const auto begun = steady_clock::now();
  const auto ran = sandbox_->run(
      shell("trap '' TERM INT HUP; echo; i=0; while [ $i -lt 100 ]; do sleep 100 & i=$((i+1)); done; "
            "while true; do (true) & done"),
      [&](OutputStream, std::string_view) { started = true; }, [&] { return started; });
  ASSERT_FALSE(ran);
  EXPECT_EQ(ran.error().kind(), ErrorKind::cancelled);
  EXPECT_LT(steady_clock::now() - begun, milliseconds(10000));
  EXPECT_THAT(beside(), ElementsAre("rootfs"));
}

TEST_F(ChrootSandboxTest, DiesWithAKilledBuilder) {
  const std::string mark = "8421" + std::to_string(::getpid());
  const pid_t builder = ::fork();
  if (builder == 0) {
    (void)run(shell("touch /tmp/running; setsid sleep " + mark + " & sleep " + mark));
    ::_exit(0);
  }
  for (int i = 0; i < 500 && !fs::exists(path("/tmp/running")); ++i)
    std::this_thread::sleep_for(milliseconds(10));
  ASSERT_TRUE(fs::exists(path("/tmp/running")));
  ::kill(builder, SIGKILL);
  ::waitpid(builder, nullptr, 0);
  bool found = true;
  for (int i = 0; i < 500 && found; ++i) {
    found = false;
    for (const auto& entry : fs::directory_iterator("/proc")) {
      std::ifstream file(entry.path() / "cmdline");
      const std::string line{std::istreambuf_iterator<char>(file), {}};
      found = found || line.find(mark) != std::string::npos;
    }
    std::this_thread::sleep_for(milliseconds(10));
  }
  EXPECT_FALSE(found);
}

TEST_F(ChrootSandboxTest, AUmaskChangesNothing) {
  fs::remove_all(path("/dev"));
  const mode_t before = ::umask(077);
  EXPECT_EQ(output_of("stat -c %a /dev /dev/null /dev/shm; umask"), "755\n666\n1777\n0022\n");
  ::umask(before);
  struct stat status {};
  ASSERT_EQ(::stat(path("/dev").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0755u);
}

}  // namespace
}  // namespace mbuild::builder
