#include "registry/base/thread_buffer.h"

#include <gtest/gtest.h>

#include <thread>

namespace mbuild {
namespace {

TEST(ThreadBufferTest, IsTheSameWheneverAThreadAsks) {
  const std::span<std::byte> buffer = thread_buffer();
  ASSERT_GE(buffer.size(), 64u << 10);
  buffer.front() = buffer.back() = std::byte{7};
  EXPECT_EQ(thread_buffer().data(), buffer.data());
  EXPECT_EQ(thread_buffer().back(), std::byte{7});
}

TEST(ThreadBufferTest, IsAnotherInAnotherThread) {
  const std::span<std::byte> mine = thread_buffer();
  std::span<std::byte> theirs;
  std::jthread([&] {
    theirs = thread_buffer();
    theirs.front() = std::byte{1};
    mine.front() = std::byte{2};
    EXPECT_EQ(theirs.front(), std::byte{1});
  }).join();
  EXPECT_NE(theirs.data(), mine.data());
}

}  // namespace
}  // namespace mbuild
