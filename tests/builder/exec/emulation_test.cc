#include "builder/exec/emulation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/result_matchers.h"
#include "tests/support/temp_dir.h"

namespace mbuild::builder {
namespace {

using testing::HasSubstr;

// What the kernel shows for Debian's qemu-aarch64, with these flags.
std::string aarch64(const std::string& flags, const std::string& state = "enabled") {
  return state + "\ninterpreter /usr/libexec/qemu-binfmt/aarch64-binfmt-P\nflags: " + flags +
         "\noffset 0\nmagic 7f454c460201010000000000000000000200b700\n"
         "mask ffffffffffffff00fffffffffffffffffeffffff\n";
}

class Emulation : public testing::Test {
 protected:
  Emulation() {
    write("register", "");
    write("status", "enabled\n");
  }
  void write(const std::string& name, const std::string& text) { std::ofstream(dir_.path() / name) << text; }
  Result<void> check(const char* wanted, const char* host = "linux/amd64") {
    return check_can_run(test::must(oci::Platform::parse(wanted)), test::must(oci::Platform::parse(host)),
                         dir_.path().string());
  }
  test::TempDir dir_;
};

TEST_F(Emulation, TheHostsOwnNeedsNone) {
  EXPECT_TRUE(check("linux/amd64"));
  EXPECT_TRUE(check("linux/386")) << "an amd64 kernel runs it";
  EXPECT_TRUE(check("linux/arm/v6", "linux/arm/v7"));
}

TEST_F(Emulation, AnInterpreterThatIsAlwaysThereIsEnough) {
  write("qemu-aarch64", aarch64("POCF"));
  EXPECT_TRUE(check("linux/arm64"));
}

TEST_F(Emulation, WithoutOneTheErrorNamesThePackages) {
  write("qemu-aarch64", aarch64("POCF"));
  Result<void> other = check("linux/s390x");
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().kind(), ErrorKind::unsupported);
  EXPECT_THAT(other.error().hint(), HasSubstr("qemu-user-static binfmt-support"));
  EXPECT_THAT(other.error().message(), HasSubstr("linux/s390x"));
}

TEST_F(Emulation, OneThatWouldHaveToBeInTheImageIsNot) {
  write("qemu-aarch64", aarch64("P"));
  Result<void> without = check("linux/arm64");
  ASSERT_FALSE(without);
  EXPECT_THAT(without.error().message(), HasSubstr("without the flag F"));
}

TEST_F(Emulation, ADisabledOrDamagedOneIsNone) {
  write("qemu-aarch64", aarch64("POCF", "disabled"));
  write("odd", "enabled\nmagic zz\nmask\n");
  EXPECT_FALSE(check("linux/arm64"));
}

TEST_F(Emulation, AnotherSystemCannotRunAtAll) {
  Result<void> windows = check("windows/amd64");
  ASSERT_FALSE(windows);
  EXPECT_THAT(windows.error().message(), HasSubstr("windows/amd64"));
}

TEST_F(Emulation, WithoutBinfmtMiscThereIsNone) {
  EXPECT_FALSE(check_can_run(test::must(oci::Platform::parse("linux/arm64")),
                             test::must(oci::Platform::parse("linux/amd64")), "/nonexistent"));
}

}  // namespace
}  // namespace mbuild::builder
