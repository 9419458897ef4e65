// A network apart from the host's: what its device lets out, who serves it, and that nothing of it is left.
#include "builder/sandbox/network.h"

#include <gmock/gmock.h>
#include <linux/if_ether.h>
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "builder/sandbox/network_helper.h"
#include "builder/sandbox/network_private.h"
#include "builder/sandbox/network_tap.h"
#include "tests/builder/sandbox/sandbox_fixture.h"

namespace mbuild::builder {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

// Frames through the filter as the kernel runs it.
class OutwardFilterTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, ends_), 0);
    std::vector<sock_filter> filter = outward_filter();
    const sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
    ASSERT_EQ(::setsockopt(ends_[1], SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program), 0);
  }
  void TearDown() override {
    ::close(ends_[0]);
    ::close(ends_[1]);
  }

  bool passes(std::uint16_t type, std::vector<std::uint8_t> rest) {
    std::vector<std::uint8_t> frame(ETH_ALEN * 2);
    frame.push_back(static_cast<std::uint8_t>(type >> 8));
    frame.push_back(static_cast<std::uint8_t>(type));
    frame.insert(frame.end(), rest.begin(), rest.end());
    EXPECT_EQ(::send(ends_[0], frame.data(), frame.size(), 0), static_cast<ssize_t>(frame.size()));
    char received[200];
    const ssize_t size = ::recv(ends_[1], received, sizeof received, 0);
    return size == static_cast<ssize_t>(frame.size());
  }
  bool passes_ipv4(std::vector<std::uint8_t> destination) {
    std::vector<std::uint8_t> packet(16, 0x7f);
    packet.insert(packet.end(), destination.begin(), destination.end());
    packet.resize(40, 0x7f);
    return passes(ETH_P_IP, packet);
  }
  bool passes_ipv6(std::vector<std::uint8_t> destination) {
    std::vector<std::uint8_t> packet(24, 0);
    packet.insert(packet.end(), destination.begin(), destination.end());
    packet.resize(60, 0);
    return passes(ETH_P_IPV6, packet);
  }

  int ends_[2] = {-1, -1};
};

TEST_F(OutwardFilterTest, LetsOutWhatGoesElsewhere) {
  EXPECT_TRUE(passes(ETH_P_ARP, std::vector<std::uint8_t>(28)));
  EXPECT_TRUE(passes_ipv4({8, 8, 8, 8}));
  EXPECT_TRUE(passes_ipv4({128, 0, 0, 1}));
  EXPECT_TRUE(passes_ipv4({1, 0, 0, 127}));
  EXPECT_TRUE(passes_ipv6({0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}));
  EXPECT_TRUE(passes_ipv6({0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0, 8, 8, 8, 8}));
}

TEST_F(OutwardFilterTest, KeepsInWhatTheHostWouldTakeForItself) {
  EXPECT_FALSE(passes_ipv4({127, 0, 0, 1}));
  EXPECT_FALSE(passes_ipv4({127, 255, 1, 2}));
  EXPECT_FALSE(passes_ipv4({0, 0, 0, 0}));
  EXPECT_FALSE(passes_ipv6({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}));
  EXPECT_FALSE(passes_ipv6(std::vector<std::uint8_t>(16)));
  EXPECT_FALSE(passes_ipv6({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127, 0, 0, 1}));
}

TEST_F(OutwardFilterTest, KeepsInWhatIsNeither) {
  EXPECT_FALSE(passes(ETH_P_8021Q, std::vector<std::uint8_t>(60, 1)));
  EXPECT_FALSE(passes(ETH_P_IP, {0x45, 0}));  // no address at all
  EXPECT_FALSE(passes(ETH_P_IPV6, std::vector<std::uint8_t>(20)));
}

TEST(NetworkHelperTest, ForwardsNothingInEitherDirection) {
  const std::vector<std::string> arguments = network_helper_arguments();
  EXPECT_THAT(arguments, Contains("--no-map-gw"));
  for (const char* option : {"--tcp-ports", "--udp-ports", "--tcp-ns", "--udp-ns"}) {
    const auto found = std::ranges::find(arguments, option);
    ASSERT_NE(found, arguments.end()) << option;
    EXPECT_EQ(*(found + 1), "none") << option;
  }
}

TEST(NetworkHelperTest, SaysThatItIsNotInstalled) {
  const std::string path = ::getenv("PATH");
  ::setenv("PATH", "/nonexistent", 1);
  const auto helper = NetworkHelper::start(-1);
  ::setenv("PATH", path.c_str(), 1);
  ASSERT_FALSE(helper);
  EXPECT_EQ(helper.error().kind(), ErrorKind::not_found);
}

// A program in the place of pasta.
class FakeHelperTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "a pid namespace takes root";
    char name[] = "/tmp/mbuild-helper-XXXXXX";
    ASSERT_NE(::mkdtemp(name), nullptr);
    folder_ = name;
    path_ = ::getenv("PATH");
    ::setenv("PATH", (folder_ + ":" + path_).c_str(), 1);
  }
  void TearDown() override {
    if (folder_.empty()) return;
    ::setenv("PATH", path_.c_str(), 1);
    std::filesystem::remove_all(folder_);
  }
  void write_program(const std::string& script) const {
    std::ofstream(folder_ + "/pasta") << "#!/bin/sh\n" << script << "\n";
    std::filesystem::permissions(folder_ + "/pasta", std::filesystem::perms(0755));
  }
  // Whether `sleep SECONDS` is running anywhere.
  static bool sleeps(const std::string& seconds) {
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
      std::ifstream file(entry.path() / "cmdline");
      const std::string text((std::istreambuf_iterator<char>(file)), {});
      if (text == "sleep" + std::string(1, '\0') + seconds + std::string(1, '\0')) return true;
    }
    return false;
  }

  std::string folder_;
  std::string path_;
};

TEST_F(FakeHelperTest, SaysWhatItSaid) {
  write_program("echo 'Failed to send 3 bytes to syslog' >&2; echo 'No route' >&2; exit 1");
  const auto helper = NetworkHelper::start(STDIN_FILENO);
  ASSERT_FALSE(helper);
  EXPECT_EQ(helper.error().kind(), ErrorKind::unsupported);
  EXPECT_THAT(helper.error().message(), HasSubstr("pasta does not start: No route"));
}

TEST_F(FakeHelperTest, HasNothingOfTheBuilders) {
  ::setenv("MBUILD_TEST_SECRET", "confidential", 1);
  const Fd held(::dup(STDIN_FILENO));
  write_program("ls /proc/self/fd > " + folder_ + "/fds; tr '\\0' '\\n' < /proc/self/environ > " + folder_ +
                "/env");
  {
    const auto helper = NetworkHelper::start(STDIN_FILENO);
    ASSERT_TRUE(helper) << helper.error().message();
  }
  ::unsetenv("MBUILD_TEST_SECRET");
  std::ifstream environment(folder_ + "/env"), descriptors(folder_ + "/fds");
  EXPECT_THAT(std::string((std::istreambuf_iterator<char>(environment)), {}), Not(HasSubstr("confidential")));
  // 3 is the namespace, 4 what ls opened.
  EXPECT_EQ(std::string((std::istreambuf_iterator<char>(descriptors)), {}), "0\n1\n2\n3\n4\n");
}

TEST_F(FakeHelperTest, EndsWithItsOwner) {
  write_program("sleep 98765 >/dev/null 2>&1 & exit 0");
  {
    const auto helper = NetworkHelper::start(STDIN_FILENO);
    ASSERT_TRUE(helper) << helper.error().message();
    // The program may have ended before what it left in the background has begun.
    for (int i = 0; i < 200 && !sleeps("98765"); ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    EXPECT_TRUE(sleeps("98765"));
    EXPECT_FALSE(helper->has_ended());
  }
  EXPECT_FALSE(sleeps("98765"));
}

TEST_F(FakeHelperTest, EndsWithABuilderThatIsKilled) {
  write_program("sleep 98764 >/dev/null 2>&1 & exit 0");
  const pid_t builder = ::fork();
  if (builder == 0) {
    const auto helper = NetworkHelper::start(STDIN_FILENO);
    ::pause();
    ::_exit(0);
  }
  for (int i = 0; i < 200 && !sleeps("98764"); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_TRUE(sleeps("98764"));
  ::kill(builder, SIGKILL);
  ::waitpid(builder, nullptr, 0);
  for (int i = 0; i < 200 && sleeps("98764"); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_FALSE(sleeps("98764"));
}

TEST_F(FakeHelperTest, KnowsThatItHasEnded) {
  write_program("sleep 0.1 >/dev/null 2>&1 & exit 0");
  const auto helper = NetworkHelper::start(STDIN_FILENO);
  ASSERT_TRUE(helper) << helper.error().message();
  for (int i = 0; i < 200 && !helper->has_ended(); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_TRUE(helper->has_ended());
}

class NetworkApartTest : public SandboxTest {};

TEST_F(NetworkApartTest, IsOneForAllSteps) {
  const StepNetwork network = sandbox_->network(NetworkMode::apart);
  if (network.mode != NetworkMode::apart) GTEST_SKIP() << network.notice;
  const auto namespace_of = [&](NetworkMode mode) {
    SandboxSpec spec = shell("readlink /proc/self/ns/net; ls /sys/class/net");
    spec.network = mode;
    return run_well(spec).output;
  };
  const std::string apart = namespace_of(NetworkMode::apart);
  EXPECT_THAT(apart, AllOf(HasSubstr("eth0\n"), HasSubstr("lo\n")));
  EXPECT_EQ(namespace_of(NetworkMode::apart), apart);
  EXPECT_NE(namespace_of(NetworkMode::host), apart);
  EXPECT_THAT(namespace_of(NetworkMode::none), Not(HasSubstr("eth0")));
}

TEST_F(NetworkApartTest, IsTheHostsWithOneNoticeWhereThereIsNoHelper) {
  const std::string path = ::getenv("PATH");
  ::setenv("PATH", "/nonexistent", 1);
  const StepNetwork first = sandbox_->network(NetworkMode::apart);
  ::setenv("PATH", path.c_str(), 1);
  const StepNetwork second = sandbox_->network(NetworkMode::apart);
  EXPECT_EQ(first.mode, NetworkMode::host);
  EXPECT_THAT(first.notice, AllOf(HasSubstr("pasta is not installed"), HasSubstr("passt")));
  EXPECT_EQ(second.mode, NetworkMode::host);
  EXPECT_EQ(second.notice, "");
}

}  // namespace
}  // namespace mbuild::builder
