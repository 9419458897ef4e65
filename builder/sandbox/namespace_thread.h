// NamespaceThread: a thread of this process that lives in namespaces of its own.
#pragma once

#include <cstdint>
#include <functional>
#include <future>
#include <semaphore>
#include <thread>

#include "registry/base/fd.h"
#include "registry/base/result.h"

namespace mbuild::builder {

// Namespaces belong to threads, so one thread can put a step's mounts together with ordinary code while the
// rest of the process sees nothing of them, and only what must happen in the step's own process is left to
// the code after the clone. The thread has its own file system context (working directory, umask 0) and all
// signals blocked. It stays, as processes that it starts die with it, until it is finished.
class NamespaceThread {
 public:
  NamespaceThread() = default;
  NamespaceThread(const NamespaceThread&) = delete;
  NamespaceThread& operator=(const NamespaceThread&) = delete;
  ~NamespaceThread() { finish(); }

  // Enters new namespaces (CLONE_NEW*, may be 0; of mounts nothing propagates either way), runs `work` there
  // and gives its result. Once.
  Result<void> run(std::uint64_t namespaces, const std::function<Result<void>()>& work);

  // Leaves the namespaces: what is mounted only there is unmounted when this returns. Does nothing when the
  // thread is not running.
  void finish();

 private:
  void thread_main(std::uint64_t namespaces, const std::function<Result<void>()>& work);

  Fd home_;  // the mount namespace to go back to
  std::promise<Result<void>> result_;
  std::binary_semaphore finished_{0};
  std::thread thread_;
};

}  // namespace mbuild::builder
