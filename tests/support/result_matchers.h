// Matchers for Result<T> in tests.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <utility>

#include "registry/base/result.h"

namespace mbuild::test {

// EXPECT_THAT(result, Succeeds());
MATCHER(Succeeds, "succeeds") {
  if (arg.has_value()) return true;
  *result_listener << "which failed: " << arg.error().message();
  return false;
}

// EXPECT_THAT(result, FailsWith(ErrorKind::corrupt, "part of the message"));
MATCHER_P2(FailsWith, kind, text, std::string("fails with \"") + text + "\"") {
  if (arg.has_value()) {
    *result_listener << "which succeeded";
    return false;
  }
  *result_listener << "which failed with kind " << static_cast<int>(arg.error().kind()) << ": "
                   << arg.error().message();
  return arg.error().kind() == kind && arg.error().message().find(text) != std::string::npos;
}

// The value of a result that a test cannot go on without; throws with the error's text otherwise.
template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message());
  return std::move(*result);
}
inline void must(Result<void> result) {
  if (!result) throw std::runtime_error(result.error().message());
}

}  // namespace mbuild::test
