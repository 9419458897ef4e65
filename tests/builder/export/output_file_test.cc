#include "builder/export/output_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <sys/stat.h>

#include "tests/support/result_matchers.h"
#include "tests/support/temp_dir.h"

namespace mbuild::builder {
namespace {

using test::FailsWith;
using test::must;
using test::Succeeds;
using test::TempDir;

Result<void> write(ByteSink& sink, std::string_view text) {
  return sink.write(std::as_bytes(std::span(text)));
}

class OutputFileTest : public testing::Test {
 protected:
  Result<std::unique_ptr<OutputFile>> open(const std::string& name) const {
    return OutputFile::open((dir_.path() / name).string(), -1, nullptr);
  }
  TempDir dir_;
};

TEST_F(OutputFileTest, AppearsWhole) {
  const auto file = must(open("out"));
  must(write(*file, "hello"));
  EXPECT_FALSE(std::filesystem::exists(dir_.path() / "out"));
  ASSERT_THAT(file->commit(), Succeeds());
  EXPECT_EQ(dir_.read("out"), "hello");
}

TEST_F(OutputFileTest, WithoutCommitChangesNothing) {
  dir_.write("out", "before");
  must(write(*must(open("out")), "after"));
  EXPECT_EQ(dir_.read("out"), "before");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(dir_.path()), {}), 1);
}

TEST_F(OutputFileTest, FollowsASymlinkToTheFile) {
  dir_.write("real/out", "before");
  std::filesystem::create_symlink("real/out", dir_.path() / "link");
  const auto file = must(open("link"));
  must(write(*file, "after"));
  must(file->commit());
  EXPECT_TRUE(std::filesystem::is_symlink(dir_.path() / "link"));
  EXPECT_EQ(dir_.read("real/out"), "after");
}

// A rename onto /dev/null would be a disaster.
TEST_F(OutputFileTest, WritesIntoADeviceOrPipe) {
  ASSERT_EQ(::mkfifo((dir_.path() / "fifo").c_str(), 0600), 0);
  const Fd reader(::open((dir_.path() / "fifo").c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  const auto file = must(open("fifo"));
  must(write(*file, "hello"));
  must(file->commit());
  char text[16] = {};
  EXPECT_EQ(::read(reader.get(), text, sizeof text), 5);
  EXPECT_TRUE(std::filesystem::is_fifo(dir_.path() / "fifo"));

  const auto null = must(OutputFile::open("/dev/null", -1, nullptr));
  must(write(*null, "hello"));
  must(null->commit());
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
}

TEST_F(OutputFileTest, WritesToTheDescriptor) {
  for (const char* dest : {"", "-"}) {
    const Fd fd(::open(dir_.path().c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
    ASSERT_TRUE(fd);
    const auto file = must(OutputFile::open(dest, fd.get(), nullptr));
    must(write(*file, "hello"));
    must(file->commit());
    EXPECT_EQ(::lseek(fd.get(), 0, SEEK_CUR), 5);
  }
}

TEST_F(OutputFileTest, RefusesWhatCannotBeWrittenTo) {
  std::filesystem::create_directory(dir_.path() / "folder");
  EXPECT_THAT(open("folder"), FailsWith(ErrorKind::invalid_input, "it is a directory"));
  EXPECT_THAT(open("absent/"), FailsWith(ErrorKind::invalid_input, "it is a directory"));
  EXPECT_THAT(open("absent/out"), FailsWith(ErrorKind::not_found, "absent"));
  EXPECT_THAT(OutputFile::open("-", -1, nullptr), FailsWith(ErrorKind::invalid_input, "dest=FILE is needed"));
  int terminal = -1;
  int other = -1;
  ASSERT_EQ(::openpty(&terminal, &other, nullptr, nullptr, nullptr), 0);
  const Fd first(terminal);
  const Fd second(other);
  EXPECT_THAT(OutputFile::open("-", other, nullptr), FailsWith(ErrorKind::invalid_input, "terminal"));
}

TEST_F(OutputFileTest, StopsWhenTheBuildIsCancelled) {
  std::atomic<bool> cancel = false;
  const auto file = must(OutputFile::open((dir_.path() / "out").string(), -1, &cancel));
  must(write(*file, "hello"));
  cancel = true;
  EXPECT_THAT(write(*file, "world"), FailsWith(ErrorKind::cancelled, ""));
  EXPECT_THAT(file->commit(), FailsWith(ErrorKind::cancelled, ""));
}

}  // namespace
}  // namespace mbuild::builder
