#include "registry/base/parallel.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace mbuild {

namespace {

constexpr std::uint64_t kLarge = 16 << 20;  // bytes; below it one thread is done before others have begun

}  // namespace

Result<void> for_each_parallel(std::size_t count, unsigned threads,
                               const std::function<Result<void>(std::size_t)>& work) {
  std::atomic<std::size_t> next = 0;
  std::atomic<bool> failed = false;
  std::mutex mutex;
  std::size_t failed_index = count;
  std::optional<Error> error;

  const auto worker = [&] {
    for (;;) {
      if (failed.load()) return;
      const std::size_t index = next.fetch_add(1);
      if (index >= count) return;
      Result<void> result = work(index);
      if (result) continue;
      const std::lock_guard lock(mutex);
      failed = true;
      if (index >= failed_index) continue;
      failed_index = index;
      error = std::move(result).error();
    }
  };
  {
    std::vector<std::jthread> helpers;
    const std::size_t wanted = std::min<std::size_t>(std::max(threads, 1u), count);
    for (std::size_t i = 1; i < wanted; ++i) helpers.emplace_back(worker);
    worker();
  }
  if (error) return std::unexpected(std::move(*error));
  return {};
}

Result<void> for_each_sized(const std::vector<std::uint64_t>& sizes, unsigned threads,
                            const std::function<Result<void>(std::size_t, unsigned)>& work) {
  std::vector<std::size_t> small;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    if (sizes[i] < kLarge) {
      small.push_back(i);
    } else {
      MBUILD_CHECK(work(i, std::max(threads, 1u)));
    }
  }
  return for_each_parallel(small.size(), threads, [&](std::size_t i) { return work(small[i], 1); });
}

}  // namespace mbuild
