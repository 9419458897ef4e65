#include "registry/remote/slots.h"

#include <chrono>

namespace mbuild::remote {

Result<Slots::Slot> Slots::take(const Cancellation& cancel) {
  std::unique_lock lock(mutex_);
  while (free_ == 0) {
    if (cancel.requested()) return fail(ErrorKind::cancelled, "cancelled");
    changed_.wait_for(lock, std::chrono::milliseconds(50));
  }
  --free_;
  return Slot(this);
}

void Slots::give_back() {
  {
    std::lock_guard lock(mutex_);
    ++free_;
  }
  changed_.notify_one();
}

}  // namespace mbuild::remote
