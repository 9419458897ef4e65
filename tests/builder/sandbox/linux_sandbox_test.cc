#include "builder/sandbox/linux_sandbox.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "tests/builder/sandbox/sandbox_fixture.h"

namespace mbuild::builder {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

TEST_F(SandboxTest, GivesOutputOfBothStreamsAndTheExitCode) {
  const Ran ran = run_well(shell("echo out; echo err >&2; exit 7"));
  EXPECT_EQ(ran.output, "out\n");
  EXPECT_EQ(ran.error_output, "err\n");
  EXPECT_EQ(ran.exit.code, 7);
  EXPECT_EQ(ran.exit.signal, 0);
  EXPECT_FALSE(ran.exit.out_of_memory);
}

TEST_F(SandboxTest, MeasuresWhatAStepUses) {
  const Ran ran = run_well(shell("i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; sleep 0.05"));
  EXPECT_GE(ran.exit.resources.wall, std::chrono::milliseconds(50));
  EXPECT_GT(ran.exit.resources.cpu, std::chrono::nanoseconds(0));
  EXPECT_LT(ran.exit.resources.cpu, ran.exit.resources.wall);
}

TEST_F(SandboxTest, GivesNoOtherEnvironment) {
  SandboxSpec spec = program({"/bin/env"});
  spec.env = {"PATH=/bin", "B=two words", "A=", "HOME=/root"};
  EXPECT_EQ(run_well(spec).output, "PATH=/bin\nB=two words\nA=\nHOME=/root\n");
}

TEST_F(SandboxTest, NamesTheSignalThatEndedTheStep) {
  SandboxSpec spec = shell("");
  spec.argv = {helper_path, std::to_string(SYS_kill), "1", "9"};
  write_file("/unused", "");
  const Ran ignored = run_well(spec);  // the first process of a pid namespace cannot kill itself
  EXPECT_EQ(ignored.exit.signal, 0);
  spec.argv = {helper_path, "crash"};
  const Ran crashed = run_well(spec);
  EXPECT_EQ(crashed.exit.signal, SIGSEGV);
  EXPECT_EQ(crashed.exit.code, 128 + SIGSEGV);
}

TEST_F(SandboxTest, RunsAsTheFirstProcess) {
  EXPECT_EQ(output_of("echo $$; readlink /proc/self; true"), "1\n2\n");
}

TEST_F(SandboxTest, IsASessionOfItsOwn) {
  EXPECT_EQ(output_of("cut -d' ' -f5-7 /proc/1/stat"), "1 1 0\n");
}

TEST_F(SandboxTest, KillsWhatTheStepLeftRunning) {
  const std::string marker = std::to_string(::getpid()) + "9";
  run_well(shell("sleep " + marker + " & sleep " + marker + " >/dev/null 2>&1 & exit 0"));
  for (const auto& entry : fs::directory_iterator("/proc")) {
    std::ifstream file(entry.path() / "cmdline");
    std::string line;
    std::getline(file, line);
    EXPECT_EQ(line.find("sleep" + std::string(1, '\0') + marker), std::string::npos) << entry.path();
  }
}

TEST_F(SandboxTest, ReadsNothingFromStandardInput) {
  EXPECT_EQ(output_of("cat; readlink /proc/self/fd/0"), "/dev/null\n");
}

TEST_F(SandboxTest, HasTheUmaskOfContainers) {
  const mode_t before = ::umask(0077);
  EXPECT_EQ(output_of("umask; mkdir /tmp/d; stat -c %a /tmp/d /dev /dev/shm /dev/null"),
            "0022\n755\n755\n1777\n666\n");
  ::umask(before);
}

TEST_F(SandboxTest, InheritsNoDescriptors) {
  const Fd leaky(::open("/etc/passwd", O_RDONLY));  // deliberately not close-on-exec
  const Fd high(::fcntl(leaky.get(), F_DUPFD, 500));
  EXPECT_EQ(output_of("ls /proc/self/fd"), "0\n1\n2\n3\n");  // 3 is what ls lists with
}

TEST_F(SandboxTest, LeavesNoDescriptorsInTheBuilder) {
  run_well(shell("true"));
  const auto count = [] {
    return std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator());
  };
  const auto before = count();
  run_well(shell("true"));
  EXPECT_FALSE(run(program({"/bin/missing"})));
  EXPECT_EQ(count(), before);
}

TEST_F(SandboxTest, StartsWithDefaultSignalHandling) {
  const auto before = ::signal(SIGPIPE, SIG_IGN);
  sigset_t blocked;
  sigset_t old;
  ::sigemptyset(&blocked);
  ::sigaddset(&blocked, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &blocked, &old);
  EXPECT_EQ(output_of("exec grep -E 'SigBlk|SigIgn' /proc/self/status"),
            "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
  ::pthread_sigmask(SIG_SETMASK, &old, nullptr);
  ::signal(SIGPIPE, before);
}

TEST_F(SandboxTest, ChangesToTheUser) {
  SandboxSpec spec = shell(
      "id -u; id -g; id -G; grep -E 'Cap(Prm|Eff|Bnd)' /proc/self/status; touch /x 2>/dev/null || echo no");
  spec.uid = 1000;
  spec.gid = 1001;
  spec.supplementary_gids = {20, 1002};
  EXPECT_EQ(run_well(spec).output,
            "1000\n1001\n1001 20 1002\nCapPrm:\t0000000000000000\nCapEff:\t0000000000000000\n"
            "CapBnd:\t00000000a80425fb\nno\n");
}

TEST_F(SandboxTest, DropsTheBuildersGroups) {
  EXPECT_EQ(output_of("grep Groups /proc/self/status"), "Groups:\t \n");
}

TEST_F(SandboxTest, CanRaisePrivilegesWithASetuidProgram) {
  write_file("/etc/passwd", "root:x:0:0::/:/bin/sh\nuser:x:1000:1000::/:/bin/sh\n");
  fs::copy_file(path(helper_path), path("/bin/setuid_helper"));
  ASSERT_EQ(::chmod(path("/bin/setuid_helper").c_str(), 04755), 0);
  SandboxSpec spec = shell("");
  spec.argv = {"/bin/setuid_helper", "euid"};
  spec.uid = 1000;
  spec.gid = 1000;
  EXPECT_EQ(run_well(spec).output, "0\n");
}

TEST_F(SandboxTest, StartsInTheWorkingDirectory) {
  SandboxSpec spec = shell("pwd -P; echo $PWD");
  fs::create_directories(path("/srv/app"));
  fs::create_symlink("/srv", path("/link"));
  spec.cwd = "/link/app";
  EXPECT_EQ(run_well(spec).output, "/srv/app\n/srv/app\n");
}

TEST_F(SandboxTest, RefusesAWorkingDirectoryOutsideTheRoot) {
  const Fd host(::open("/", O_RDONLY | O_DIRECTORY));
  SandboxSpec spec = shell("pwd; ls");
  fs::create_symlink("/proc/self/root", path("/escape"));
  for (int fd = 0; fd < 32; ++fd) {
    spec.cwd = "/proc/self/fd/" + std::to_string(fd);
    const auto ran = run(spec);
    ASSERT_FALSE(ran) << spec.cwd;
    EXPECT_THAT(ran.error().message(), HasSubstr("working directory /proc/self/fd/"));
  }
  spec.cwd = "/proc/self/cwd";
  EXPECT_FALSE(run(spec));
  spec.cwd = "/escape";
  EXPECT_FALSE(run(spec));
  spec.cwd = "/../../..";
  EXPECT_EQ(run_well(spec).output.substr(0, 2), "/\n");
}

TEST_F(SandboxTest, SaysWhatIsWrongWithTheWorkingDirectory) {
  SandboxSpec spec = shell("true");
  spec.cwd = "/missing";
  auto ran = run(spec);
  ASSERT_FALSE(ran);
  EXPECT_EQ(ran.error().message(), "working directory /missing: No such file or directory");
  EXPECT_EQ(ran.error().kind(), ErrorKind::not_found);
  spec.cwd = "/bin/busybox";
  ran = run(spec);
  ASSERT_FALSE(ran);
  EXPECT_EQ(ran.error().message(), "working directory /bin/busybox: Not a directory");
}

TEST_F(SandboxTest, LooksForTheProgramAlongThePath) {
  write_file("/opt/first/tool", "#!/bin/sh\necho first", 0644);  // not executable: passed over
  write_file("/opt/second/tool", "#!/bin/sh\necho second \"$@\"", 0755);
  SandboxSpec spec = program({"tool", "a b"});
  spec.env = {"PATH=/missing:/opt/first:/bin/busybox:/opt/second:/bin"};
  EXPECT_EQ(run_well(spec).output, "second a b\n");
}

TEST_F(SandboxTest, SaysThatAProgramIsMissing) {
  auto ran = run(program({"foo", "bar"}));
  ASSERT_FALSE(ran);
  EXPECT_EQ(ran.error().message(), "exec: \"foo\": executable file not found in $PATH");
  EXPECT_EQ(ran.error().kind(), ErrorKind::not_found);
  ran = run(program({"/bin/foo"}));
  ASSERT_FALSE(ran);
  EXPECT_EQ(ran.error().message(), "exec /bin/foo: No such file or directory");
  EXPECT_EQ(ran.error().kind(), ErrorKind::not_found);
}

TEST_F(SandboxTest, SaysWhyAProgramCannotRun) {
  write_file("/plain", "text", 0644);
  write_file("/noise", "text", 0755);
  write_file("/script", "#!/bin/missing\n", 0755);
  auto ran = run(program({"/plain"}));
  ASSERT_FALSE(ran);
  EXPECT_EQ(ran.error().message(), "exec /plain: Permission denied");
  ran = run(program({"/noise"}));
  ASSERT_FALSE(ran);
  EXPECT_EQ(ran.error().message(), "exec /noise: Exec format error");
  EXPECT_THAT(ran.error().hint(), HasSubstr("architecture"));
  ran = run(program({"/script"}));
  ASSERT_FALSE(ran);
  EXPECT_EQ(ran.error().message(), "exec /script: No such file or directory");
  EXPECT_THAT(ran.error().hint(), HasSubstr("interpreter"));
  ran = run(program({"/bin"}));
  ASSERT_FALSE(ran);
  EXPECT_EQ(ran.error().message(), "exec /bin: Permission denied");
}

TEST_F(SandboxTest, RefusesARootThatIsNone) {
  SandboxSpec spec = shell("true");
  spec.rootfs_fd = -1;
  const auto ran = run(spec);
  ASSERT_FALSE(ran);
  EXPECT_THAT(ran.error().message(), HasSubstr("root"));
}

TEST_F(SandboxTest, RunsInADetachedMount) {
  Fd detached(::open_tree(rootfs_fd_.get(), "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH));
  ASSERT_TRUE(detached);
  SandboxSpec spec = shell("echo hello > /tmp/x");
  spec.rootfs_fd = detached.get();
  EXPECT_EQ(run_well(spec).exit.code, 0);
  spec.argv.back() = "cat /tmp/x";  // the mount can be used again
  EXPECT_EQ(run_well(spec).output, "hello\n");
  EXPECT_EQ(read_file("/tmp/x"), "hello\n");
}

}  // namespace
}  // namespace mbuild::builder
