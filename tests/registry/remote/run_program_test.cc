#include "registry/remote/run_program.h"

#include <gtest/gtest.h>

#include "tests/support/result_matchers.h"

namespace mbuild::remote {
namespace {

using namespace std::chrono_literals;
using test::FailsWith;
using test::must;

Result<ProgramResult> shell(const std::string& script, const std::string& input = "",
                            std::chrono::milliseconds limit = 10s) {
  return run_program({"sh", "-c", script}, input, limit, Cancellation());
}

TEST(RunProgram, GivesInputAndTakesOutput) {
  ProgramResult result = must(shell("cat; echo error >&2; exit 3", "hello"));
  EXPECT_EQ(result.output, "hello");
  EXPECT_EQ(result.exit_status, 3);
  EXPECT_EQ(must(shell("kill -9 $$")).exit_status, 128 + 9);
}

TEST(RunProgram, SurvivesAProgramThatDoesNotRead) {
  EXPECT_EQ(must(shell("exec <&-; echo done", std::string(1 << 20, 'x'))).output, "done\n");
}

TEST(RunProgram, KillsWhatTakesTooLongOrPrintsTooMuch) {
  auto start = std::chrono::steady_clock::now();
  EXPECT_THAT(shell("sleep 60", "", 200ms), FailsWith(ErrorKind::unavailable, "timed out"));
  EXPECT_LT(std::chrono::steady_clock::now() - start, 5s);
  EXPECT_THAT(shell("cat /dev/zero"), FailsWith(ErrorKind::corrupt, "too much"));
}

TEST(RunProgram, CanBeCancelled) {
  auto flag = std::make_shared<std::atomic<bool>>(true);
  EXPECT_THAT(run_program({"sleep", "60"}, "", 1min, Cancellation(flag)),
              FailsWith(ErrorKind::cancelled, ""));
}

TEST(RunProgram, TakesErrorsAndAnEnvironmentOfItsOwn) {
  ProgramRequest request;
  request.arguments = {"sh", "-c", "echo \"$A $HOME\"; echo oops >&2; exit 1"};
  request.environment = {"A=1", "PATH=/usr/bin:/bin"};
  ProgramResult result = must(run_program(request, Cancellation()));
  EXPECT_EQ(result.output, "1 \n");
  EXPECT_EQ(result.errors, "oops\n");
  EXPECT_EQ(result.exit_status, 1);
}

TEST(RunProgram, DoesNotWaitForWhatIsLeftRunning) {
  auto start = std::chrono::steady_clock::now();
  ProgramResult result = must(shell("sleep 5 >/dev/null & echo done; echo why >&2"));
  EXPECT_EQ(result.output, "done\n");
  EXPECT_EQ(result.errors, "why\n");
  EXPECT_LT(std::chrono::steady_clock::now() - start, 4s);
}

TEST(RunProgram, KeepsTheEndOfManyErrors) {
  ProgramResult result = must(shell("head -c 300000 /dev/zero >&2; echo last >&2"));
  EXPECT_LE(result.errors.size(), std::size_t{80} << 10);
  EXPECT_TRUE(result.errors.ends_with("last\n"));
}

TEST(RunProgram, NamesAProgramThatDoesNotExist) {
  EXPECT_THAT(run_program({"mbuild-no-such-program"}, "", 1s, Cancellation()),
              FailsWith(ErrorKind::not_found, "mbuild-no-such-program"));
}

}  // namespace
}  // namespace mbuild::remote
