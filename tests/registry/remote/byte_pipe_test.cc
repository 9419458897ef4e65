#include "registry/remote/byte_pipe.h"

#include <gtest/gtest.h>

#include <thread>

#include "tests/support/result_matchers.h"
#include "tests/support/test_image.h"

namespace mbuild::remote {
namespace {

class PipeSource : public ByteSource {
 public:
  explicit PipeSource(BytePipe& pipe) : pipe_(pipe) {}
  Result<std::size_t> read(std::span<std::byte> buffer) override { return pipe_.read(buffer); }

 private:
  BytePipe& pipe_;
};

TEST(BytePipe, GivesWhatItTook) {
  std::string text = test::random_bytes(10'000'001, 1);
  BytePipe pipe;
  std::jthread writer([&] {
    ByteView left = std::as_bytes(std::span(text));
    for (std::size_t step = 1; !left.empty(); step = step * 7 % 100'003 + 1) {
      std::size_t count = std::min(step, left.size());
      test::must(pipe.write(left.first(count)));
      left = left.subspan(count);
    }
    pipe.finish({});
  });
  PipeSource source(pipe);
  EXPECT_TRUE(test::must(test::read_all(source)) == text);
  std::byte byte;
  EXPECT_EQ(test::must(source.read(std::span(&byte, 1))), 0u) << "the end stays the end";
}

TEST(BytePipe, GivesTheErrorAfterTheBytes) {
  BytePipe pipe;
  test::must(pipe.write(std::as_bytes(std::span("abc", 3))));
  pipe.finish(fail(ErrorKind::corrupt, "wrong"));
  std::byte buffer[8];
  EXPECT_EQ(test::must(pipe.read(buffer)), 3u);
  EXPECT_THAT(pipe.read(buffer), test::FailsWith(ErrorKind::corrupt, "wrong"));
}

TEST(BytePipe, StopsTheWriterWhenTheReaderGoes) {
  BytePipe pipe;
  std::jthread reader([&] { pipe.abandon(); });
  std::string block(BytePipe::kBlock, 'x');
  Result<void> written;
  for (std::size_t i = 0; written && i < 1000; ++i) written = pipe.write(std::as_bytes(std::span(block)));
  EXPECT_THAT(written, test::FailsWith(ErrorKind::cancelled, ""));
}

}  // namespace
}  // namespace mbuild::remote
