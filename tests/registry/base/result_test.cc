#include "registry/base/result.h"

#include <cerrno>
#include <memory>

#include "tests/support/result_matchers.h"

namespace mbuild {
namespace {

using test::FailsWith;

TEST(Error, SaysWhatErrnoMeans) {
  EXPECT_EQ(Error::from_errno(EPERM, "open x").message(), "open x: Operation not permitted");
  EXPECT_EQ(Error::from_errno(EPERM, "x").kind(), ErrorKind::io);
  EXPECT_EQ(Error::from_errno(ENOENT, "x").kind(), ErrorKind::not_found);
  EXPECT_EQ(Error::from_errno(ENOSPC, "x").kind(), ErrorKind::no_space);
  EXPECT_EQ(Error::from_errno(EDQUOT, "x").kind(), ErrorKind::no_space);
}

TEST(Error, ReadsOutermostFirst) {
  EXPECT_EQ(Error(ErrorKind::io, "c").context("b").context("a").message(), "a: b: c");
}

TEST(Error, KeepsTheInnermostHintAndSource) {
  const Error error = Error(ErrorKind::io, "x")
                          .with_hint("inner")
                          .with_hint("outer")
                          .with_source({"a", 1, 2})
                          .with_source({"b", 3, 4});
  EXPECT_EQ(error.hint(), "inner");
  EXPECT_EQ(error.source()->file, "a");
}

Result<int> half(int number) {
  if (number % 2 != 0) return fail(ErrorKind::invalid_input, "odd");
  return number / 2;
}

Result<int> quarter(int number) {
  const int once = MBUILD_TRY_AS("first", half(number));
  return MBUILD_TRY(half(once));
}

Result<void> check(Result<void> result) {
  MBUILD_CHECK_AS("check", std::move(result));
  return {};
}

TEST(Result, TryGivesTheValueOrReturnsTheError) {
  EXPECT_EQ(*quarter(8), 2);
  EXPECT_THAT(quarter(6), FailsWith(ErrorKind::invalid_input, "odd"));
  EXPECT_THAT(quarter(3), FailsWith(ErrorKind::invalid_input, "first: odd"));
}

TEST(Result, CheckReturnsTheError) {
  EXPECT_THAT(check({}), test::Succeeds());
  EXPECT_THAT(check(fail(ErrorKind::corrupt, "bad")), FailsWith(ErrorKind::corrupt, "check: bad"));
}

TEST(Result, TryMovesWhatCannotBeCopied) {
  const auto take = [](Result<std::unique_ptr<int>> result) -> Result<int> {
    const std::unique_ptr<int> pointer = MBUILD_TRY(std::move(result));
    return *pointer;
  };
  EXPECT_EQ(*take(std::make_unique<int>(5)), 5);
}

}  // namespace
}  // namespace mbuild
