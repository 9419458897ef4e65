#include "builder/sandbox/user_namespace.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <grp.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>

#include "builder/sandbox/capabilities.h"
#include "builder/sandbox/seccomp.h"
#include "tests/builder/sandbox/sandbox_fixture.h"

namespace mbuild::builder {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr uid_t user = 12345;
constexpr uid_t subordinate = 200000;

// Builders without privileges, each in a process of its own.
class UserNamespaceTest : public SandboxTest {
 protected:
  // What `work` gives in a child of one thread.
  static std::string in_child(const std::function<std::string()>& work) {
    int ends[2];
    if (::pipe(ends) != 0) return "no pipe";
    const pid_t child = ::fork();
    if (child == 0) {
      ::close(ends[0]);
      const std::string text = work();
      [[maybe_unused]] const ssize_t size = ::write(ends[1], text.data(), text.size());
      ::_exit(0);
    }
    ::close(ends[1]);
    std::string text;
    char buffer[4096];
    for (ssize_t size = 0; (size = ::read(ends[0], buffer, sizeof buffer)) > 0;) {
      text.append(buffer, static_cast<std::size_t>(size));
    }
    ::close(ends[0]);
    ::waitpid(child, nullptr, 0);
    return text;
  }

  void give_rootfs_to(uid_t owner) const {
    ::chmod(directory_.c_str(), 0755);
    ::lchown(rootfs_.c_str(), owner, owner);
    for (const auto& entry : fs::recursive_directory_iterator(rootfs_))
      ::lchown(entry.path().c_str(), owner, owner);
  }

  // For the calling process, in a mount namespace of its own.
  void show_file(const std::string& name, const std::string& text) const {
    const std::string source = directory_ + name.substr(name.rfind('/'));
    std::ofstream(source) << text;
    ::mount(source.c_str(), name.c_str(), nullptr, MS_BIND, nullptr);
  }
  void become_user_with_subordinate_ids() const {
    ::unshare(CLONE_NEWNS);
    ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr);
    const std::string ids = std::to_string(user) + ":" + std::to_string(subordinate) + ":65536\n";
    if (!fs::exists("/etc/subuid") || !fs::exists("/etc/subgid")) return;
    show_file("/etc/subuid", ids);
    show_file("/etc/subgid", ids);
    show_file("/etc/passwd", "root:x:0:0::/:/bin/sh\nbuilder:x:12345:12345::/:/bin/sh\n");
    become_user();
  }
  static void become_user() {
    ::setgroups(0, nullptr);
    ::setresgid(user, user, user);
    ::setresuid(user, user, user);
    ::prctl(PR_SET_DUMPABLE, 1);
  }
  // As root of a container is: no CAP_SYS_ADMIN, but all that changing ids takes.
  static void become_root_of_a_container() {
    limit_capabilities(default_capabilities);
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct words[2]{};
    words[0].effective = words[0].permitted = static_cast<std::uint32_t>(default_capabilities);
    ::syscall(SYS_capset, &header, words);
  }

  // Probes, enters, and runs `spec`; everything worth knowing as text.
  std::string build(SandboxSpec spec, Rung expected) const {
    const SandboxProbe probe = probe_sandbox();
    if (probe.rung != expected)
      return "rung " + std::to_string(static_cast<int>(probe.rung)) + ": " + probe.why_not_better;
    const auto entered = enter_user_namespace(expected);
    if (!entered) return "enter: " + entered.error().message();
    const auto again = enter_user_namespace(expected);
    if (!*entered || !again || *again) return "entered twice";
    if (probe_sandbox().rung != expected) return "another rung inside: " + probe_sandbox().why_not_better;
    auto sandbox = make_sandbox(expected);
    if (!sandbox) return "make: " + sandbox.error().message();
    const Fd rootfs(::open(rootfs_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));  // in the new mount namespace
    spec.rootfs_fd = rootfs.get();
    std::string output;
    const auto collect = [&](OutputStream, std::string_view text) { output += text; };
    const auto exit = (*sandbox)->run(spec, collect, nullptr);
    if (!exit) return "run: " + exit.error().message();
    return output + "exit " + std::to_string(exit->code);
  }

  SandboxSpec step() const {
    SandboxSpec spec = shell(
        "exec 2>&1; id -u; id -g; echo $$; ls /proc/self/fd; echo x > /dev/null; head -c 2 /dev/zero | wc "
        "-c; "
        "hostname; cat /etc/hosts; ls -d /sys/class; ls /dev/pts; touch /tmp/made; "
        "grep -E 'CapEff|Seccomp:' /proc/self/status; ls /proc/acpi; echo y > /proc/sys/kernel/hostname; "
        "[ -w /dev/mqueue ] && echo fine");
    SandboxMount hosts;
    hosts.kind = SandboxMount::Kind::data;
    hosts.target = "/etc/hosts";
    hosts.data = "hosts\n";
    spec.mounts = {hosts};
    return spec;
  }
  static constexpr const char* step_output =
      "0\n0\n1\n0\n1\n2\n3\n2\nbuildkitsandbox\nhosts\n/sys/"
      "class\nptmx\nCapEff:\t00000000a80425fb\nSeccomp:\t2\n"
      "/bin/sh: can't create /proc/sys/kernel/hostname: Read-only file system\nfine\nexit 0";
};

TEST_F(UserNamespaceTest, RootNeedsNone) {
  EXPECT_EQ(probe_sandbox().rung, Rung::root);
  const auto entered = enter_user_namespace(Rung::root);
  ASSERT_TRUE(entered);
  EXPECT_FALSE(*entered);
}

TEST_F(UserNamespaceTest, AUserWithOneIdRunsSteps) {
  give_rootfs_to(user);
  const std::string output = in_child([&] {
    become_user();
    return build(step(), Rung::single_id);
  });
  EXPECT_EQ(output, step_output);
  struct stat status {};
  ASSERT_EQ(::stat(path("/tmp/made").c_str(), &status), 0);
  EXPECT_EQ(status.st_uid, user);
}

TEST_F(UserNamespaceTest, OneIdIsNotEnoughForAnotherUser) {
  give_rootfs_to(user);
  SandboxSpec spec = shell("true");
  spec.uid = 1000;
  const std::string output = in_child([&] {
    become_user();
    return build(spec, Rung::single_id);
  });
  EXPECT_EQ(output, "run: change to the step's user 1000:0: Invalid argument");
}

TEST_F(UserNamespaceTest, AUserWithSubordinateIdsRunsSteps) {
  if (!can_map_subordinate_ids()) GTEST_SKIP() << "newuidmap is not installed";
  if (!fs::exists("/etc/subuid")) GTEST_SKIP() << "no /etc/subuid to cover with another";
  give_rootfs_to(user);
  const std::string output = in_child([&] {
    become_user_with_subordinate_ids();
    return build(step(), Rung::subordinate_ids);
  });
  EXPECT_EQ(output, step_output);
}

TEST_F(UserNamespaceTest, SubordinateIdsOwnFiles) {
  if (!can_map_subordinate_ids()) GTEST_SKIP() << "newuidmap is not installed";
  if (!fs::exists("/etc/subuid")) GTEST_SKIP() << "no /etc/subuid to cover with another";
  give_rootfs_to(user);
  SandboxSpec spec = shell("touch /tmp/x && chown 33:44 /tmp/x && stat -c '%u %g' /tmp/x");
  EXPECT_EQ(in_child([&] {
              become_user_with_subordinate_ids();
              return build(spec, Rung::subordinate_ids);
            }),
            "33 44\nexit 0");
  struct stat status {};
  ASSERT_EQ(::stat(path("/tmp/x").c_str(), &status), 0);
  EXPECT_EQ(status.st_uid, subordinate + 32);
  EXPECT_EQ(status.st_gid, subordinate + 43);
  spec = shell("id -u; id -G");
  spec.uid = 1000;
  spec.gid = 1001;
  spec.supplementary_gids = {5};
  EXPECT_EQ(in_child([&] {
              become_user_with_subordinate_ids();
              return build(spec, Rung::subordinate_ids);
            }),
            "1000\n1001 5\nexit 0");
}

TEST_F(UserNamespaceTest, RootOfAContainerRunsSteps) {
  const std::string output = in_child([&] {
    become_root_of_a_container();
    SandboxSpec spec = step();
    return build(spec, Rung::subordinate_ids);
  });
  EXPECT_EQ(output, step_output);
}

TEST_F(UserNamespaceTest, SaysWhyThereAreNoSubordinateIds) {
  const std::string output = in_child([] {
    become_user();
    const SandboxProbe probe = probe_sandbox();
    return probe.why_not_better + "\n" + probe.advice;
  });
  EXPECT_THAT(output, StartsWith("not root; "));
  if (can_map_subordinate_ids()) {
    EXPECT_THAT(output, HasSubstr("12345 has no subordinate ids in /etc/subuid and /etc/subgid\n"
                                  "usermod --add-subuids 100000-165535 --add-subgids 100000-165535 12345"));
  }
}

TEST_F(UserNamespaceTest, ProbesAndRefusesWithoutNamespaces) {
  const std::string output = in_child([] {
    become_root_of_a_container();
    // What Docker's filter does to a builder in an ordinary container.
    auto filter = SeccompFilter::docker_default();
    const auto& program = filter->program();
    sock_fprog loaded{static_cast<unsigned short>(program.size()), const_cast<sock_filter*>(program.data())};
    ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    ::prctl(PR_SET_SECCOMP, 2, &loaded);
    const SandboxProbe probe = probe_sandbox();
    const auto sandbox = make_sandbox(Rung::root);
    return std::to_string(static_cast<int>(probe.rung)) + "\n" + probe.why_not_better + "\n" + probe.advice +
           "\n" + (sandbox ? "made" : sandbox.error().message());
  });
  EXPECT_EQ(
      output,
      "4\nno CAP_SYS_ADMIN; no user namespace: Operation not permitted\n"
      "docker run --security-opt seccomp=unconfined --security-opt systempaths=unconfined ...\n"
      "isolate RUN steps: namespaces need CAP_SYS_ADMIN, if only that of a user namespace");
}

}  // namespace
}  // namespace mbuild::builder
