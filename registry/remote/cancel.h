// Cancelling: how a caller stops requests that are under way.
#pragma once

#include <atomic>
#include <memory>
#include <utility>

namespace mbuild::remote {

// Set from any thread to make every request under way end with `cancelled` within 100 ms or so.
using CancelFlag = std::shared_ptr<std::atomic<bool>>;

// What a wait looks at: the flag of all requests and that of one, either of which may be null.
class Cancellation {
 public:
  Cancellation() = default;
  Cancellation(CancelFlag all, CancelFlag one = nullptr) : all_(std::move(all)), one_(std::move(one)) {}

  bool requested() const { return is_set(all_) || is_set(one_); }
  Cancellation with(CancelFlag one) const { return {all_, std::move(one)}; }

 private:
  static bool is_set(const CancelFlag& flag) { return flag && flag->load(std::memory_order_relaxed); }
  CancelFlag all_;
  CancelFlag one_;
};

}  // namespace mbuild::remote
