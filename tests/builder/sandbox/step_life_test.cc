// Cancelling, limits, output in bulk, many steps at once, and what is left afterwards.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <iostream>
#include <numeric>
#include <thread>

#include "builder/sandbox/step_cgroup.h"
#include "tests/builder/sandbox/sandbox_fixture.h"

namespace mbuild::builder {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using ::testing::HasSubstr;

class StepLifeTest : public SandboxTest {
 protected:
  // Cancels `script` once it has printed something; gives how long that took.
  milliseconds time_to_cancel(const std::string& script) {
    bool started = false;
    steady_clock::time_point when;
    const auto ran = sandbox_->run(
        shell(script), [&](OutputStream, std::string_view) { started = true; },
        [&] {
          if (started && when == steady_clock::time_point()) when = steady_clock::now();
          return started;
        });
    EXPECT_TRUE(!ran && ran.error().kind() == ErrorKind::cancelled);
    return std::chrono::duration_cast<milliseconds>(steady_clock::now() - when);
  }
};

TEST_F(StepLifeTest, CancelsAStepThatSleeps) {
  EXPECT_LT(time_to_cancel("echo; sleep 1000"), milliseconds(1000));
}

TEST_F(StepLifeTest, CancelsAStepThatIgnoresSignalsAndForks) {
  EXPECT_LT(time_to_cancel("trap '' TERM INT HUP; echo; "
                           "f() { sleep 100 & }; i=0; while [ $i -lt 300 ]; do f; i=$((i+1)); done; "
                           "while true; do (true) & done"),
            milliseconds(1000));
}

TEST_F(StepLifeTest, CancelsAStepThatFloodsItsOutput) {
  EXPECT_LT(time_to_cancel("yes"), milliseconds(1000));
}

TEST_F(StepLifeTest, AsksOftenWhetherToCancel) {
  int asked = 0;
  const auto ran = sandbox_->run(shell("sleep 0.5"), nullptr, [&] { return ++asked < 0; });
  ASSERT_TRUE(ran);
  EXPECT_GE(asked, 8);
}

TEST_F(StepLifeTest, DoesNotWaitForDaemonsThatHoldTheOutput) {
  const auto begin = steady_clock::now();
  EXPECT_EQ(run_well(shell("(sleep 100; echo late) & echo done")).output, "done\n");
  EXPECT_LT(steady_clock::now() - begin, milliseconds(2000));
}

TEST_F(StepLifeTest, GivesAllOfALargeOutput) {
  const auto begin = steady_clock::now();
  std::size_t total = 0;
  const auto ran = sandbox_->run(
      shell("dd if=/dev/zero bs=64k count=4096 2>/dev/null; echo end >&2"),
      [&](OutputStream stream, std::string_view text) {
        if (stream == OutputStream::standard_output) total += text.size();
      },
      nullptr);
  ASSERT_TRUE(ran);
  EXPECT_EQ(total, 256u << 20);
  const std::chrono::duration<double> seconds = steady_clock::now() - begin;
  std::cout << "output: " << 256 / seconds.count() << " MB/s\n";
}

TEST_F(StepLifeTest, GivesTheLastOutputOfAStepThatEndsAtOnce) {
  for (int i = 0; i < 50; ++i) {
    ASSERT_EQ(output_of("i=0; while [ $i -lt 100 ]; do echo line$i; i=$((i+1)); done").size(), 690u);
  }
}

TEST_F(StepLifeTest, StartsQuickly) {
  const SandboxSpec spec = program({"/bin/true"});
  run_well(spec);
  const auto begin = steady_clock::now();
  for (int i = 0; i < 50; ++i) ASSERT_EQ(run_well(spec).exit.code, 0);
  const std::chrono::duration<double, std::milli> time = steady_clock::now() - begin;
  std::cout << "50 empty steps: " << time.count() << " ms\n";
}

TEST_F(StepLifeTest, RunsManyStepsAtOnce) {
  std::atomic<int> wrong = 0;
  std::vector<std::jthread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      const std::string word = "step" + std::to_string(i);
      SandboxSpec spec = shell("echo " + word + "; cat /mnt/" + word + "; ls /proc/self/fd | wc -l");
      SandboxMount mount;
      mount.kind = SandboxMount::Kind::data;
      mount.target = "/mnt/" + word;
      mount.data = word;
      spec.mounts = {mount};
      for (int round = 0; round < 10; ++round) {
        const auto ran = run(spec);
        if (!ran || ran->output != word + "\n" + word + "4\n") ++wrong;
      }
    });
  }
  threads.clear();
  EXPECT_EQ(wrong, 0);
}

// In a mount namespace of the test's own, for other programs mount things, too.
TEST_F(StepLifeTest, ShowsTheHostNoMounts) {
  SandboxMount mount;
  mount.kind = SandboxMount::Kind::tmpfs;
  mount.target = "/cache";
  SandboxSpec spec = shell("echo; sleep 0.2");
  spec.mounts = {mount};
  const pid_t host = ::fork();
  if (host == 0) {
    ::unshare(CLONE_NEWNS);
    ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr);
    const Fd rootfs(::open(rootfs_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    spec.rootfs_fd = rootfs.get();
    const std::string before = own_mounts();
    std::string during;
    const auto note = [&](OutputStream, std::string_view) { during = own_mounts(); };
    const bool ran = sandbox_->run(spec, note, nullptr).has_value();
    ::_exit(!ran ? 1 : during != before ? 2 : own_mounts() != before ? 3 : 0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(host, &status, 0), host);
  EXPECT_EQ(WEXITSTATUS(status), 0) << "1: did not run, 2: seen while it ran, 3: left";
}

TEST_F(StepLifeTest, LeavesNoCgroups) {
  const auto mine = [] {
    std::vector<std::string> names;
    const auto hierarchies = find_cgroup_hierarchies();
    if (!hierarchies) return names;
    for (const CgroupHierarchy& hierarchy : *hierarchies) {
      for (const auto& entry : std::filesystem::directory_iterator(hierarchy.own)) {
        const std::string name = entry.path().filename();
        if (name.starts_with("mbuild-" + std::to_string(::getpid()) + "-")) names.push_back(entry.path());
      }
    }
    return names;
  };
  SandboxSpec spec = shell("true");
  spec.limits.pids = 100;
  [[maybe_unused]] const auto ran = run(spec);
  sandbox_.reset();
  EXPECT_THAT(mine(), testing::IsEmpty());
}

TEST_F(StepLifeTest, DiesWithTheBuilder) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const pid_t builder = ::fork();
  if (builder == 0) {
    ::close(ends[0]);
    const auto tell = [&](OutputStream, std::string_view text) {
      if (::write(ends[1], text.data(), text.size()) < 0) ::_exit(1);
    };
    [[maybe_unused]] const auto ran =
        sandbox_->run(shell("echo x; trap '' TERM; sleep 1000 & sleep 1000; true"), tell, nullptr);
    ::_exit(0);
  }
  ::close(ends[1]);
  char byte = 0;
  ASSERT_EQ(::read(ends[0], &byte, 1), 1);
  const auto tasks = [&] {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
      std::error_code error;
      const auto root = std::filesystem::read_symlink(entry.path() / "root", error);
      if (!error && root != "/" && std::filesystem::exists(entry.path() / "root/bin/step_helper", error))
        ++count;
    }
    return count;
  };
  ::kill(builder, SIGKILL);
  ::waitpid(builder, nullptr, 0);
  // Nothing of the step may hold the pipe any more.
  char rest[16];
  const auto begin = steady_clock::now();
  while (::read(ends[0], rest, sizeof rest) > 0) {
  }
  while (tasks() != 0 && steady_clock::now() - begin < milliseconds(2000))
    std::this_thread::sleep_for(milliseconds(10));
  EXPECT_EQ(tasks(), 0u);
  ::close(ends[0]);
}

class LimitsTest : public SandboxTest {
 protected:
  // Runs, or skips where the machine lends no cgroups.
  std::optional<Ran> run_limited(const SandboxSpec& spec) {
    auto ran = run(spec);
    if (ran) return *ran;
    if (ran.error().kind() != ErrorKind::unsupported) ADD_FAILURE() << ran.error().message();
    return std::nullopt;
  }
};

TEST_F(LimitsTest, EndsAStepThatUsesTooMuchMemory) {
  SandboxSpec spec = shell("head -c 200000000 /dev/zero | tail -c 150000000 > /dev/null");
  spec.limits.memory_bytes = 32 << 20;
  const auto ran = run_limited(spec);
  if (!ran) GTEST_SKIP() << "no memory cgroup can be made";
  EXPECT_TRUE(ran->exit.out_of_memory);
  EXPECT_NE(ran->exit.code, 0);
  EXPECT_GT(ran->exit.resources.peak_memory_bytes, 20u << 20);
  EXPECT_LE(ran->exit.resources.peak_memory_bytes, 33u << 20);
}

TEST_F(LimitsTest, LeavesAStepWithinItsMemoryAlone) {
  SandboxSpec spec = shell("echo fine");
  spec.limits.memory_bytes = 64 << 20;
  const auto ran = run_limited(spec);
  if (!ran) GTEST_SKIP() << "no memory cgroup can be made";
  EXPECT_FALSE(ran->exit.out_of_memory);
  EXPECT_EQ(ran->output, "fine\n");
}

TEST_F(LimitsTest, BoundsTheNumberOfProcesses) {
  SandboxSpec spec = shell("for i in 1 2 3 4 5 6 7 8 9; do sleep 1 & done; wait");
  spec.limits.pids = 5;
  const auto ran = run_limited(spec);
  if (!ran) GTEST_SKIP() << "no pids cgroup can be made";
  EXPECT_THAT(ran->error_output, HasSubstr("can't fork"));
}

TEST_F(LimitsTest, BoundsTheProcessorTime) {
  SandboxSpec spec = shell("i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done");
  spec.limits.cpus = 0.2;
  const auto ran = run_limited(spec);
  if (!ran) GTEST_SKIP() << "no cpu cgroup can be made";
  EXPECT_LT(ran->exit.resources.cpu * 2, ran->exit.resources.wall);
}

TEST_F(LimitsTest, KeepsDevicesFromLimitedSteps) {
  SandboxSpec spec = shell(
      "mknod /tmp/disk b 7 0; dd if=/tmp/disk of=/dev/null count=1; "
      "mknod /tmp/kmsg c 1 11; dd if=/tmp/kmsg of=/dev/null count=1");
  spec.limits.pids = 50;
  const auto ran = run_limited(spec);
  if (!ran) GTEST_SKIP() << "no pids cgroup can be made";
  EXPECT_THAT(ran->error_output,
              testing::ContainsRegex("'/tmp/disk': (Operation not permitted|Permission denied)"));
  EXPECT_THAT(ran->error_output,
              testing::ContainsRegex("'/tmp/kmsg': (Operation not permitted|Permission denied)"));
}

}  // namespace
}  // namespace mbuild::builder
