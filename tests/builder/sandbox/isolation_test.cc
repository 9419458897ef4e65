// What a step can see and do of the machine.
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <filesystem>

#include "tests/builder/sandbox/sandbox_fixture.h"

namespace mbuild::builder {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

class IsolationTest : public SandboxTest {
 protected:
  // The error's name that a system call of a step gets, or "ok".
  std::string result_of(std::vector<long> call) const {
    SandboxSpec spec = program({helper_path});
    for (const long number : call) spec.argv.push_back(std::to_string(number));
    std::string output = run_well(spec).output;
    if (output.ends_with('\n')) output.pop_back();
    return output;
  }
};

TEST_F(IsolationTest, HasNamespacesOfItsOwn) {
  SandboxSpec spec = shell("for n in mnt pid ipc uts cgroup net; do readlink /proc/self/ns/$n; done");
  spec.network = NetworkMode::none;
  const std::string inside = run_well(spec).output;
  for (const char* name : {"mnt", "pid", "ipc", "uts", "cgroup", "net"}) {
    const std::string own = fs::read_symlink(std::string("/proc/self/ns/") + name);
    EXPECT_THAT(inside, HasSubstr(std::string(name) + ":["));
    EXPECT_THAT(inside, Not(HasSubstr(own)));
  }
}

TEST_F(IsolationTest, SharesTheHostsNetworkWhenAsked) {
  EXPECT_EQ(output_of("readlink /proc/self/ns/net"), fs::read_symlink("/proc/self/ns/net").string() + "\n");
}

TEST_F(IsolationTest, HasOnlyLoopbackWithoutANetwork) {
  SandboxSpec spec = shell("ls /sys/class/net; ip -o addr; ip route");
  spec.network = NetworkMode::none;
  const Ran ran = run_well(spec);
  EXPECT_EQ(ran.exit.code, 0) << ran.error_output;
  EXPECT_THAT(ran.output, testing::StartsWith("lo\n1: lo"));
  EXPECT_THAT(ran.output, HasSubstr("127.0.0.1/8"));
  EXPECT_THAT(ran.output, Not(HasSubstr("default")));
}

TEST_F(IsolationTest, HasTheHostNameOfBuilds) {
  SandboxSpec spec = shell("hostname");
  EXPECT_EQ(run_well(spec).output, "buildkitsandbox\n");
  spec.hostname = "other";
  EXPECT_EQ(run_well(spec).output, "other\n");
}

TEST_F(IsolationTest, HasDockersCapabilities) {
  EXPECT_EQ(output_of("grep Cap /proc/self/status"),
            "CapInh:\t0000000000000000\nCapPrm:\t00000000a80425fb\nCapEff:\t00000000a80425fb\n"
            "CapBnd:\t00000000a80425fb\nCapAmb:\t0000000000000000\n");
}

TEST_F(IsolationTest, HasAFilterButMayRaisePrivileges) {
  EXPECT_EQ(output_of("grep -E 'Seccomp:|NoNewPrivs' /proc/self/status"), "NoNewPrivs:\t0\nSeccomp:\t2\n");
}

TEST_F(IsolationTest, RefusesSystemCallsThatReachTheKernel) {
  EXPECT_EQ(result_of({SYS_getpid}), "ok");
  EXPECT_EQ(result_of({SYS_mount}), "EPERM");
  EXPECT_EQ(result_of({SYS_keyctl, 0, -3}), "EPERM");
  EXPECT_EQ(result_of({SYS_unshare, 0x10000000}), "EPERM");
  EXPECT_EQ(result_of({SYS_bpf}), "EPERM");
  EXPECT_EQ(result_of({SYS_clone3}), "ENOSYS");
  EXPECT_EQ(result_of({SYS_socket, 40, 1, 0}), "EPERM");  // AF_VSOCK
  EXPECT_EQ(result_of({SYS_personality, 0x0040000}), "EPERM");
  EXPECT_EQ(result_of({SYS_ptrace, 0}), "ok");  // PTRACE_TRACEME
  EXPECT_EQ(result_of({100000}), "ENOSYS");
}

TEST_F(IsolationTest, SeesNoneOfTheHostsProcessesAndMounts) {
  EXPECT_EQ(output_of("ls -d /proc/[0-9]*"), "/proc/1\n");
  const std::string mounts = output_of("cat /proc/self/mountinfo");
  EXPECT_THAT(mounts, testing::MatchesRegex("[0-9]+ [0-9]+ [^ ]+ [^ ]*/rootfs / rw.*"))
      << "the root comes first";
  EXPECT_THAT(mounts, Not(HasSubstr("/sys/fs/cgroup/unified")));
}

TEST_F(IsolationTest, HidesWhatDockerHides) {
  EXPECT_EQ(
      output_of("for f in /proc/kcore /proc/keys /proc/latency_stats /proc/timer_list /proc/sched_debug; do "
                "[ -e $f ] && cat $f; done; for d in /proc/asound /proc/acpi /proc/scsi /sys/firmware; do "
                "[ -e $d ] && ls $d; done; true"),
      "");
}

TEST_F(IsolationTest, CannotWriteToTheKernel) {
  for (const char* file : {"/proc/sys/kernel/hostname", "/sys/kernel/x", "/sys/firmware/x"}) {
    const Ran ran = run_well(shell(std::string("echo x > ") + file));
    EXPECT_EQ(ran.error_output, std::string("/bin/sh: can't create ") + file + ": Read-only file system\n");
  }
  const std::string mounts = output_of("cat /proc/self/mountinfo");
  for (const char* folder : {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/sys"}) {
    EXPECT_THAT(mounts, HasSubstr(std::string(" ") + folder + " ro,nosuid,nodev,noexec")) << folder;
  }
  EXPECT_THAT(mounts, HasSubstr(" / /proc rw,nosuid,nodev,noexec"));
}

TEST_F(IsolationTest, HasTheUsualDevices) {
  EXPECT_EQ(
      output_of(
          "cd /dev; ls; for d in null zero full random urandom tty; do stat -c '%n %F %t:%T %a' $d; done"),
      "core\nfd\nfull\nmqueue\nnull\nptmx\npts\nrandom\nshm\nstderr\nstdin\nstdout\ntty\nurandom\nzero\n"
      "null character special file 1:3 666\nzero character special file 1:5 666\n"
      "full character special file 1:7 666\nrandom character special file 1:8 666\n"
      "urandom character special file 1:9 666\ntty character special file 5:0 666\n");
  EXPECT_EQ(
      output_of("for l in fd stdin stdout stderr core ptmx; do readlink /dev/$l; done; ls /dev/pts"),
      "/proc/self/fd\n/proc/self/fd/0\n/proc/self/fd/1\n/proc/self/fd/2\n/proc/kcore\npts/ptmx\nptmx\n");
  EXPECT_EQ(output_of("echo x > /dev/null; head -c 3 /dev/zero | wc -c; head -c 8 /dev/urandom | wc -c"),
            "3\n8\n");
}

TEST_F(IsolationTest, SizesSharedMemory) {
  SandboxSpec spec = shell("df -k /dev/shm | tail -1 | awk '{print $2}'");
  EXPECT_EQ(run_well(spec).output, "65536\n");
  spec.limits.shm_bytes = 1 << 20;
  EXPECT_EQ(run_well(spec).output, "1024\n");
}

TEST_F(IsolationTest, OpensNoDevicesOfTheHost) {
  // The disk, in whatever way its node gets there: made in /dev, made in the rootfs, come with the image.
  const auto disk = [&] {
    struct stat status {};
    ::stat("/", &status);
    return status.st_dev;
  }();
  ASSERT_EQ(::mknod(path("/etc/disk").c_str(), S_IFBLK | 0666, disk), 0);
  const std::string numbers = std::to_string(major(disk)) + " " + std::to_string(minor(disk));
  const Ran ran =
      run_well(shell("mknod /dev/disk b " + numbers + "; mknod /tmp/disk b " + numbers +
                     "; for f in /dev/disk /tmp/disk /etc/disk; do dd if=$f of=/dev/null count=1; done"));
  EXPECT_EQ(std::ranges::count(ran.error_output, '\n'), 3) << ran.error_output;
  EXPECT_THAT(ran.error_output,
              testing::ContainsRegex("can't open '/etc/disk': (Operation not permitted|Permission denied)"));
  EXPECT_THAT(ran.error_output, HasSubstr("can't open '/dev/disk'"));
  EXPECT_THAT(ran.error_output, HasSubstr("can't open '/tmp/disk'"));
}

TEST_F(IsolationTest, OpensHarmlessDevicesThatItMadeItself) {
  EXPECT_EQ(output_of("mknod /tmp/zero c 1 5 && head -c 4 /tmp/zero | wc -c"), "4\n");
}

TEST_F(IsolationTest, InsecureStepsMayDoAnything) {
  SandboxSpec spec = shell(
      "grep -E 'CapEff|Seccomp:' /proc/self/status; mount -t tmpfs x /tmp && echo mounted; "
      "touch /sys/kernel/x 2>&1 | grep -c Read-only; ls /dev/fuse /dev/loop0; "
      "sysctl -w kernel.hostname=y >/dev/null; hostname");
  spec.insecure = true;
  const Ran ran = run_well(spec);
  EXPECT_THAT(ran.output, HasSubstr("Seccomp:\t0\nmounted\n0\n/dev/fuse\n/dev/loop0\n"));
  EXPECT_THAT(ran.output, testing::EndsWith("y\n"));
  const std::string own = own_status("CapBnd");
  EXPECT_THAT(ran.output, HasSubstr("CapEff:\t" + own));
}

TEST_F(IsolationTest, RefusesStandardFoldersThatLeadElsewhere) {
  for (const char* name : {"/proc", "/sys", "/dev"}) {
    fs::remove(path(name));
    fs::create_symlink("/tmp", path(name));
    const auto ran = run(shell("true"));
    ASSERT_FALSE(ran) << name;
    EXPECT_EQ(ran.error().message(), std::string("the image's ") + name + " is not a directory");
    EXPECT_EQ(ran.error().kind(), ErrorKind::invalid_input);
    fs::remove(path(name));
    fs::create_directory(path(name));
  }
}

}  // namespace
}  // namespace mbuild::builder
