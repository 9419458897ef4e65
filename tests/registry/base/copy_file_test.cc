#include "registry/base/copy_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "tests/support/result_matchers.h"
#include "tests/support/temp_dir.h"

namespace mbuild {
namespace {

using test::FailsWith;
using test::must;

class CopyFile : public testing::Test {
 protected:
  Fd target() { return Fd(::openat(dir.fd(), "out", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)); }
  Fd source() { return Fd(::openat(dir.fd(), "in", O_RDONLY | O_CLOEXEC)); }

  test::TempDir dir;
};

TEST_F(CopyFile, CopiesContents) {
  for (const std::size_t size : {0u, 1u, 4096u, 3'000'001u}) {
    std::string text(size, '\0');
    for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i * 7 + i / 251);
    dir.write("in", text);
    EXPECT_EQ(must(copy_file(source().get(), target().get())), size);
    EXPECT_TRUE(dir.read("out") == text) << size;
  }
}

TEST_F(CopyFile, DoesNotCareForPositions) {
  dir.write("in", "abcdef");
  const Fd in = source();
  ASSERT_EQ(::lseek(in.get(), 3, SEEK_SET), 3);
  EXPECT_EQ(must(copy_file(in.get(), target().get())), 6u);
  EXPECT_EQ(dir.read("out"), "abcdef");
}

TEST_F(CopyFile, KeepsHoles) {
  constexpr off_t kSize = 64 << 20;
  const Fd in(::openat(dir.fd(), "in", O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  ASSERT_EQ(::ftruncate(in.get(), kSize), 0);
  ASSERT_EQ(::pwrite(in.get(), "middle", 6, 32 << 20), 6);
  const Fd out = target();
  EXPECT_EQ(must(copy_file(in.get(), out.get())), static_cast<std::uint64_t>(kSize));
  struct stat status {};
  ASSERT_EQ(::fstat(out.get(), &status), 0);
  EXPECT_EQ(status.st_size, kSize);
  EXPECT_LT(status.st_blocks * 512, 1 << 20);
  char buffer[6];
  ASSERT_EQ(::pread(out.get(), buffer, 6, 32 << 20), 6);
  EXPECT_EQ(std::string(buffer, 6), "middle");
}

TEST_F(CopyFile, CopiesNothingButAHole) {
  const Fd in(::openat(dir.fd(), "in", O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  ASSERT_EQ(::ftruncate(in.get(), 1 << 20), 0);
  EXPECT_EQ(must(copy_file(in.get(), target().get())), 1u << 20);
  EXPECT_EQ(dir.read("out"), std::string(1 << 20, '\0'));
}

TEST_F(CopyFile, CrossesFileSystems) {
  const Fd memory(::memfd_create("target", MFD_CLOEXEC));
  ASSERT_TRUE(memory);
  dir.write("in", std::string(2'500'000, 'x'));
  EXPECT_EQ(must(copy_file(source().get(), memory.get())), 2'500'000u);
  std::string text(2'500'000, '\0');
  ASSERT_EQ(::pread(memory.get(), text.data(), text.size(), 0), 2'500'000);
  EXPECT_EQ(text, std::string(2'500'000, 'x'));
}

TEST_F(CopyFile, ReportsATargetThatCannotBeWritten) {
  dir.write("in", "abc");
  const Fd read_only(::openat(dir.fd(), "in", O_RDONLY | O_CLOEXEC));
  EXPECT_THAT(copy_file(source().get(), read_only.get()), FailsWith(ErrorKind::io, "write file"));
  EXPECT_THAT(copy_file(-1, target().get()), FailsWith(ErrorKind::io, "stat file"));
}

}  // namespace
}  // namespace mbuild
