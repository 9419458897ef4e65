// Slots: a bound on how many of a kind of thing go on at once.
#pragma once

#include <condition_variable>
#include <mutex>
#include <utility>

#include "registry/base/result.h"
#include "registry/remote/cancel.h"

namespace mbuild::remote {

// Thread-safe. Outlives every Slot that it gave.
class Slots {
 public:
  explicit Slots(unsigned count) : free_(count == 0 ? 1 : count) {}

  // Given back when destroyed.
  class Slot {
   public:
    explicit Slot(Slots* slots) : slots_(slots) {}
    Slot(Slot&& other) noexcept : slots_(std::exchange(other.slots_, nullptr)) {}
    ~Slot() {
      if (slots_) slots_->give_back();
    }

   private:
    Slots* slots_;
  };
  // Waits; `cancelled` within 50 ms or so of the flag being set.
  Result<Slot> take(const Cancellation& cancel);

 private:
  void give_back();

  std::mutex mutex_;
  std::condition_variable changed_;
  unsigned free_;
};

}  // namespace mbuild::remote
