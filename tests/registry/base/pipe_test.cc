#include "registry/base/pipe.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>

namespace mbuild {
namespace {

TEST(Pipe, GivesWhatIsWrittenAndThenItsEnd) {
  auto pipe = make_pipe();
  ASSERT_TRUE(pipe);
  ASSERT_EQ(::write(pipe->writer.get(), "ab", 2), 2);
  pipe->writer.reset();
  char buffer[4];
  EXPECT_EQ(::read(pipe->reader.get(), buffer, sizeof buffer), 2);
  EXPECT_EQ(::read(pipe->reader.get(), buffer, sizeof buffer), 0);
}

TEST(Pipe, IsNotInheritedByPrograms) {
  auto pipe = make_pipe();
  ASSERT_TRUE(pipe);
  EXPECT_EQ(::fcntl(pipe->reader.get(), F_GETFD), FD_CLOEXEC);
  EXPECT_EQ(::fcntl(pipe->writer.get(), F_GETFD), FD_CLOEXEC);
}

TEST(Pipe, TakesFlags) {
  auto pipe = make_pipe(O_NONBLOCK);
  ASSERT_TRUE(pipe);
  char buffer[4];
  EXPECT_EQ(::read(pipe->reader.get(), buffer, sizeof buffer), -1);
  EXPECT_EQ(errno, EAGAIN);
}

}  // namespace
}  // namespace mbuild
