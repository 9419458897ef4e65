#include "builder/sandbox/sandbox_facts.h"

#include <sched.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <system_error>

#include "builder/sandbox/capabilities.h"
#include "builder/sandbox/clone_child.h"
#include "builder/sandbox/host_file.h"
#include "builder/sandbox/raw_calls.h"
#include "builder/sandbox/subordinate_ids.h"
#include "builder/sandbox/user_namespace.h"
#include "registry/base/file_owner.h"
#include "registry/base/syscalls.h"

namespace mbuild::builder {

namespace {

constexpr int proc_refused = 255;  // an exit code that is no errno

[[noreturn]] void set_up_like_a_step(void*) {
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) raw_calls::exit(errno);
  const int proc = ::fsopen("proc", FSOPEN_CLOEXEC);
  if (proc < 0) raw_calls::exit(errno);
  if (::fsconfig(proc, FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0) raw_calls::exit(proc_refused);
  if (::fsmount(proc, FSMOUNT_CLOEXEC, 0) < 0) raw_calls::exit(proc_refused);
  raw_calls::exit(0);
}

// 0, an errno, or proc_refused.
int try_namespaces(std::uint64_t beside) {
  clone_args arguments{};
  arguments.flags = beside | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS;
  arguments.exit_signal = SIGCHLD;
  const pid_t pid = clone_child(arguments, set_up_like_a_step, nullptr);
  if (pid < 0) return errno;
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) return errno;
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : EPERM;
}

std::string describe(int outcome) {
  if (outcome == 0) return {};
  if (outcome == proc_refused) return "a new /proc may not be mounted beside one that is partly hidden";
  if (outcome == ENOSYS) return "this kernel has no namespaces";
  return std::generic_category().message(outcome);
}

bool setting_is(const char* path, char value) {
  const auto text = read_host_file(path);
  return text && !text->empty() && text->front() == value;
}

std::string remedy_for(int outcome) {
  if (setting_is("/proc/sys/user/max_user_namespaces", '0'))
    return "sysctl -w user.max_user_namespaces=15000";
  if (setting_is("/proc/sys/kernel/unprivileged_userns_clone", '0')) {
    return "sysctl -w kernel.unprivileged_userns_clone=1";
  }
  if (setting_is("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", '1')) {
    return "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0";
  }
  if (outcome == proc_refused) return "docker run --security-opt systempaths=unconfined ...";
  return "docker run --security-opt seccomp=unconfined --security-opt systempaths=unconfined ...";
}

void find_id_obstacle(SandboxFacts& facts) {
  const SubordinateIds ids = own_subordinate_ids();
  facts.user = ids.user;
  if (facts.is_root) {
    // Whoever may change to any id may map any id, without help.
    const std::uint64_t needed =
        capability_bit(CAP_SETUID) | capability_bit(CAP_SETGID) | capability_bit(CAP_SETFCAP);
    if ((effective_capabilities() & needed) != needed)
      facts.id_obstacle = "no CAP_SETUID, CAP_SETGID and CAP_SETFCAP";
    facts.id_remedy = "docker run --cap-add SETUID --cap-add SETGID --cap-add SETFCAP ...";
  } else if (!can_map_subordinate_ids()) {
    facts.id_obstacle = "newuidmap and newgidmap are not installed";
    facts.id_remedy = "install the package uidmap (or shadow-utils)";
  } else if (::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1) {
    facts.id_obstacle = "newuidmap cannot work: no_new_privs is set";
    facts.id_remedy = "docker run without --security-opt no-new-privileges";
  } else if (ids.uids.empty() || ids.gids.empty()) {
    facts.id_obstacle = ids.user + " has no subordinate ids in /etc/subuid and /etc/subgid";
    facts.id_remedy = "usermod --add-subuids 100000-165535 --add-subgids 100000-165535 " + ids.user;
  }
}

}  // namespace

SandboxFacts gather_sandbox_facts() {
  SandboxFacts facts;
  facts.is_root = ::geteuid() == 0;
  facts.may_administer = facts.is_root && (effective_capabilities() & capability_bit(CAP_SYS_ADMIN)) != 0;
  facts.in_first_user_namespace = is_in_first_user_namespace();
  facts.mapped_ids = count_mapped_users();
  facts.step_obstacle = describe(facts.may_administer ? try_namespaces(0) : EPERM);
  if (facts.step_obstacle.empty()) return facts;
  const int outcome = try_namespaces(CLONE_NEWUSER);
  facts.user_namespace_obstacle = describe(outcome);
  if (outcome != 0) facts.user_namespace_remedy = remedy_for(outcome);
  find_id_obstacle(facts);
  return facts;
}

SandboxProbe probe_sandbox() {
  return judge_sandbox(gather_sandbox_facts());
}

}  // namespace mbuild::builder
