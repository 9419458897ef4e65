// Expected failures as values: Error and Result<T>, used by registry, builder and cli alike.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#pragma GCC visibility push(default)

namespace mbuild {

// What sort of failure it was, for callers that react to it. Exit codes and retries depend on this alone,
// never on the text.
enum class ErrorKind {
  invalid_input,  // the user's Dockerfile, option, context or configuration is at fault
  not_found,      // something that was named does not exist
  unauthorized,   // credentials are missing or were refused
  unavailable,    // a network peer failed in a way that may pass
  corrupt,        // data does not match its digest, size or format
  unsupported,    // a real thing that this program or this machine cannot do
  step_failed,    // a command of the Dockerfile ended with a non-zero status
  no_space,       // the disk, a quota or a limit is exhausted
  io,             // any other failing system call
  cancelled,      // the caller asked to stop
  internal,       // a broken invariant of our own
};

// The lines of a Dockerfile that an error is about; 1-based, both ends included.
struct SourceLines {
  std::string file;
  unsigned first = 0;
  unsigned last = 0;
};

// One failure: the action and object tried, the cause, and what to do about it.
// The message reads outermost first: "pull docker.io/library/x:1: GET .../manifests/1: 401 unauthorized".
class [[nodiscard]] Error {
 public:
  Error(ErrorKind kind, std::string message) : kind_(kind), message_(std::move(message)) {}

  // An io error (no_space for ENOSPC and EDQUOT, not_found for ENOENT) saying "<action>: <strerror(errnum)>".
  static Error from_errno(int errnum, std::string_view action);

  ErrorKind kind() const { return kind_; }
  const std::string& message() const { return message_; }
  const std::string& hint() const { return hint_; }  // what the user can do; empty when there is no advice
  const std::optional<SourceLines>& source() const { return source_; }

  // Prepends "<action>: " to the message.
  Error context(std::string_view action) &&;
  Error with_hint(std::string hint) &&;
  // Keeps the innermost source: a second call changes nothing.
  Error with_source(SourceLines source) &&;

 private:
  ErrorKind kind_;
  std::string message_;
  std::string hint_;
  std::optional<SourceLines> source_;
};

template <class T>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(ErrorKind kind, std::string message) {
  return std::unexpected(Error(kind, std::move(message)));
}
inline std::unexpected<Error> fail_errno(int errnum, std::string_view action) {
  return std::unexpected(Error::from_errno(errnum, action));
}

}  // namespace mbuild

#pragma GCC visibility pop

// Each use gets a variable of its own, so that they nest without shadowing.
#define MBUILD_JOIN_TOKENS(left, right) left##right
#define MBUILD_JOIN(left, right) MBUILD_JOIN_TOKENS(left, right)
#define MBUILD_TRY_WITH(variable, expression, change)                          \
  __extension__({                                                              \
    auto variable = (expression);                                              \
    if (!variable) return std::unexpected(std::move(variable).error() change); \
    std::move(*variable);                                                      \
  })
#define MBUILD_CHECK_WITH(variable, expression, change)                        \
  do {                                                                         \
    auto variable = (expression);                                              \
    if (!variable) return std::unexpected(std::move(variable).error() change); \
  } while (false)

// Gives the value of a Result, or returns its error from the enclosing function.
#define MBUILD_TRY(expression) MBUILD_TRY_WITH(MBUILD_JOIN(mbuild_result_, __COUNTER__), expression, )

// The same for Result<void>.
#define MBUILD_CHECK(expression) MBUILD_CHECK_WITH(MBUILD_JOIN(mbuild_result_, __COUNTER__), expression, )

// The two above with "<action>: " put before the error's message.
#define MBUILD_TRY_AS(action, expression) \
  MBUILD_TRY_WITH(MBUILD_JOIN(mbuild_result_, __COUNTER__), expression, .context(action))
#define MBUILD_CHECK_AS(action, expression) \
  MBUILD_CHECK_WITH(MBUILD_JOIN(mbuild_result_, __COUNTER__), expression, .context(action))
