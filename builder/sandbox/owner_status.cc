#include "builder/sandbox/owner_status.h"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <climits>
#include <span>
#include <string>

#include "builder/sandbox/step_memory.h"
#include "registry/base/file_owner.h"

namespace mbuild::builder {

namespace {

using Target = ProcessFiles::Target;

// What a call asks for, whichever it is.
struct Question {
  int directory = AT_FDCWD;
  std::uint64_t path = 0;
  bool by_path = true;
  int flags = 0;
  std::uint64_t into = 0;
};

Question question_of(const seccomp_notif& call) {
  const auto& arguments = call.data.args;
  switch (call.data.nr) {
#ifdef SYS_stat
    case SYS_stat:
      return {.path = arguments[0], .into = arguments[1]};
    case SYS_lstat:
      return {.path = arguments[0], .flags = AT_SYMLINK_NOFOLLOW, .into = arguments[1]};
#endif
    case SYS_fstat:
      return {.directory = static_cast<int>(arguments[0]), .by_path = false, .into = arguments[1]};
    case SYS_newfstatat:
      return {.directory = static_cast<int>(arguments[0]),
              .path = arguments[1],
              .flags = static_cast<int>(arguments[3]),
              .into = arguments[2]};
    default:  // statx
      return {.directory = static_cast<int>(arguments[0]),
              .path = arguments[1],
              .flags = static_cast<int>(arguments[2]),
              .into = arguments[4]};
  }
}

Target find(pid_t thread, const Question& question, const ProcessFiles& files) {
  if (!question.by_path) return {files.open_held(thread, question.directory), {}, {}};
  const auto path = question.path == 0 ? std::string() : read_text(thread, question.path, PATH_MAX);
  if (!path) return {};
  if (!path->empty()) return files.open_at(thread, question.directory, *path, question.flags);
  if ((question.flags & AT_EMPTY_PATH) == 0) return {};
  return {files.open_held(thread, question.directory), {}, {}};
}

// Whether another owner than the kernel's is noted; it is put into `status`.
bool is_noted(const Target& target, struct stat& status) {
  if (::fstat(target.file.get(), &status) != 0) return false;
  const uid_t uid = status.st_uid;
  const gid_t gid = status.st_gid;
  if (S_ISREG(status.st_mode) || S_ISDIR(status.st_mode)) {
    read_owner(target.file.get(), status);
  } else if (target.parent && !target.name.empty()) {
    read_owner_at(target.parent.get(), target.name.c_str(), status);
  }
  return status.st_uid != uid || status.st_gid != gid;
}

template <class Value>
int write(pid_t thread, std::uint64_t address, const Value& value) {
  return write_memory(thread, address, std::as_bytes(std::span(&value, 1))) ? 0 : EFAULT;
}

}  // namespace

bool is_status_call(int number) {
#ifdef SYS_stat
  if (number == SYS_stat || number == SYS_lstat) return true;
#endif
  return number == SYS_fstat || number == SYS_newfstatat || number == SYS_statx;
}

std::optional<int> answer_status_call(const seccomp_notif& call, const ProcessFiles& files) {
  const auto thread = static_cast<pid_t>(call.pid);
  const Question question = question_of(call);
  const Target target = find(thread, question, files);
  struct stat status {};
  if (!target.file || !is_noted(target, status)) return std::nullopt;
  if (call.data.nr != SYS_statx) return write(thread, question.into, status);
  struct statx extended {};
  const auto mask = static_cast<unsigned>(call.data.args[3]);
  const int flags = AT_EMPTY_PATH | (question.flags & AT_STATX_SYNC_TYPE);
  if (::statx(target.file.get(), "", flags, mask, &extended) != 0) return std::nullopt;
  extended.stx_uid = status.st_uid;
  extended.stx_gid = status.st_gid;
  return write(thread, question.into, extended);
}

}  // namespace mbuild::builder
