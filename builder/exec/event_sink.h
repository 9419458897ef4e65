// EventSink: hands events to the observer, one at a time.
#pragma once

#include <mutex>
#include <utility>

#include "builder/events.h"

namespace mbuild::builder {

// Thread-safe. Without an observer everything is dropped.
class EventSink {
 public:
  explicit EventSink(BuildObserver* observer) : observer_(observer) {}
  void emit(const Event& event) {
    if (!observer_) return;
    std::lock_guard lock(mutex_);
    observer_->on_event(event);
  }

 private:
  BuildObserver* observer_;
  std::mutex mutex_;
};

}  // namespace mbuild::builder
