#include "builder/sandbox/network_private.h"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <cerrno>

#include "builder/sandbox/namespace_thread.h"
#include "builder/sandbox/network.h"
#include "builder/sandbox/network_tap.h"
#include "registry/base/fs_at.h"

namespace mbuild::builder {

Result<void> PrivateNetwork::start() {
  const std::lock_guard lock(mutex_);
  if (!outcome_) outcome_ = make();
  return *outcome_;
}

Result<void> PrivateNetwork::enter() {
  MBUILD_CHECK(start());
  if (helper_->has_ended())
    return fail(ErrorKind::io, "the network of the build's steps is gone: pasta has ended");
  if (::setns(namespace_.get(), CLONE_NEWNET) != 0) return fail_errno(errno, "enter the steps' network");
  return {};
}

Result<void> PrivateNetwork::make() {
  NamespaceThread thread;
  const auto prepare = [this]() -> Result<void> {
    MBUILD_CHECK(bring_up_loopback());
    namespace_ = MBUILD_TRY(fs_at::open_trusted("/proc/thread-self/ns/net", O_RDONLY));
    return {};
  };
  MBUILD_CHECK(thread.run(CLONE_NEWNET, prepare));
  helper_.emplace(MBUILD_TRY(NetworkHelper::start(namespace_.get())));
  // Nothing is in the namespace yet, so it is early enough.
  return filter_tap_below(helper_->keeper());
}

}  // namespace mbuild::builder
