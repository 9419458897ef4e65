#include "builder/sandbox/namespace_thread.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <system_error>

#include "builder/sandbox/blocked_signals.h"
#include "registry/base/fs_at.h"
#include "registry/base/syscalls.h"

namespace mbuild::builder {

namespace {

Result<void> enter(std::uint64_t namespaces) {
  if (::unshare(static_cast<int>(namespaces | CLONE_FS)) != 0) return fail_errno(errno, "make namespaces");
  ::umask(0);
  if ((namespaces & CLONE_NEWNS) == 0) return {};
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
    return fail_errno(errno, "make the mount namespace private");
  }
  return {};
}

}  // namespace

Result<void> NamespaceThread::run(std::uint64_t namespaces, const std::function<Result<void>()>& work) {
  if ((namespaces & CLONE_NEWNS) != 0) {
    home_ = MBUILD_TRY(fs_at::open_trusted("/proc/thread-self/ns/mnt", O_RDONLY));
  }
  auto result = result_.get_future();
  try {
    const BlockedSignals blocked;
    thread_ = std::thread([this, namespaces, &work] { thread_main(namespaces, work); });
  } catch (const std::system_error& error) {
    return fail_errno(error.code().value(), "start a thread");
  }
  return result.get();
}

void NamespaceThread::thread_main(std::uint64_t namespaces, const std::function<Result<void>()>& work) {
  Result<void> result = enter(namespaces);
  if (result) result = work();
  result_.set_value(std::move(result));
  finished_.acquire();
  // A thread counts as joined before the kernel has let go of its namespaces; this lets go of them here.
  if (home_) ::setns(home_.get(), CLONE_NEWNS);
}

void NamespaceThread::finish() {
  if (!thread_.joinable()) return;
  finished_.release();
  thread_.join();
}

}  // namespace mbuild::builder
