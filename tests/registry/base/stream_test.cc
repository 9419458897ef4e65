#include <sys/socket.h>

#include <thread>

#include "registry/base/copy_stream.h"
#include "registry/base/fd_stream.h"
#include "registry/base/memory_stream.h"
#include "tests/support/result_matchers.h"
#include "tests/support/temp_dir.h"

namespace mbuild {
namespace {

using test::FailsWith;
using test::must;

TEST(MemoryStream, GivesWhatItTakes) {
  MemorySource source(std::string_view("abcdef"));
  std::byte buffer[4];
  EXPECT_EQ(must(source.read(buffer)), 4u);
  EXPECT_EQ(must(source.read(buffer)), 2u);
  EXPECT_EQ(static_cast<char>(buffer[1]), 'f');
  EXPECT_EQ(must(source.read(buffer)), 0u);
  StringSink sink;
  must(sink.write(bytes_of("a")));
  must(sink.write(bytes_of("bc")));
  EXPECT_EQ(sink.str(), "abc");
  EXPECT_EQ(sink.take(), "abc");
}

TEST(FdStream, MovesFiles) {
  test::TempDir dir;
  const std::string text(700'000, 'x');
  dir.write("in", text);
  FdSource source(Fd(::openat(dir.fd(), "in", O_RDONLY)), "in");
  const Fd out(::openat(dir.fd(), "out", O_WRONLY | O_CREAT, 0600));
  FdSink sink(out.get(), "out");
  EXPECT_EQ(must(copy(source, sink)), text.size());
  EXPECT_EQ(dir.read("out"), text);
}

TEST(FdStream, WritesAllToAPipeThatTakesLittle) {
  int ends[2] = {-1, -1};
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  Fd write_end(ends[1]);
  const std::string text(1'000'000, 'x');
  std::thread writer([&] {
    FdSink sink(write_end.get(), "pipe");
    must(sink.write(bytes_of(text)));
    write_end.reset();
  });
  FdSource source(Fd{ends[0]}, "pipe");
  EXPECT_EQ(must(read_all(source, 1 << 20)), text);
  writer.join();
}

TEST(FdStream, ErrorsNameTheFile) {
  FdSource source(Fd(), "some file");
  std::byte buffer[4];
  EXPECT_THAT(source.read(buffer), FailsWith(ErrorKind::io, "read some file: Bad file descriptor"));
  FdSink sink(-1, "some file");
  EXPECT_THAT(sink.write(bytes_of("x")), FailsWith(ErrorKind::io, "write some file"));
  const Fd full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  FdSink disk(full.get(), "disk");
  EXPECT_THAT(disk.write(bytes_of("x")), FailsWith(ErrorKind::no_space, "write disk"));
}

TEST(ReadAll, StopsAtTheLimit) {
  MemorySource fits(std::string_view("abc"));
  EXPECT_EQ(must(read_all(fits, 3)), "abc");
  MemorySource large(std::string_view("abcd"));
  EXPECT_THAT(read_all(large, 3), FailsWith(ErrorKind::corrupt, "more than the 3 bytes"));
}

TEST(LimitedSource, PassesOnUpToTheLimit) {
  LimitedSource fits(std::make_unique<MemorySource>(std::string_view("abc")), 3);
  EXPECT_EQ(must(read_all(fits, 100)), "abc");
  LimitedSource large(std::make_unique<MemorySource>(std::string_view("abcd")), 3);
  EXPECT_THAT(read_all(large, 100), FailsWith(ErrorKind::corrupt, "more than the 3 bytes"));
}

}  // namespace
}  // namespace mbuild
