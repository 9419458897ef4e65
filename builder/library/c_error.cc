#include "builder/library/c_error.h"

#include <cstdlib>

#include "builder/info.h"

namespace mbuild::library {

int give_error(Error error, mbuild_error** out) noexcept {
  const int kind = static_cast<int>(error.kind()) + 1;
  if (out) *out = new (std::nothrow) mbuild_error{std::move(error)};
  return kind;
}

}  // namespace mbuild::library

static_assert(static_cast<int>(mbuild::ErrorKind::invalid_input) + 1 == MBUILD_INVALID_INPUT);
static_assert(static_cast<int>(mbuild::ErrorKind::step_failed) + 1 == MBUILD_STEP_FAILED);
static_assert(static_cast<int>(mbuild::ErrorKind::internal) + 1 == MBUILD_INTERNAL);

extern "C" {

int mbuild_abi(void) {
  return MBUILD_ABI;
}

const char* mbuild_version(void) {
  static const std::string version = mbuild::builder::version();
  return version.c_str();
}

int mbuild_error_kind(const mbuild_error* error) {
  return static_cast<int>(error->error.kind()) + 1;
}
const char* mbuild_error_message(const mbuild_error* error) {
  return error->error.message().c_str();
}
const char* mbuild_error_hint(const mbuild_error* error) {
  return error->error.hint().c_str();
}
const char* mbuild_error_file(const mbuild_error* error) {
  return error->error.source() ? error->error.source()->file.c_str() : nullptr;
}
unsigned mbuild_error_first_line(const mbuild_error* error) {
  return error->error.source() ? error->error.source()->first : 0;
}
unsigned mbuild_error_last_line(const mbuild_error* error) {
  return error->error.source() ? error->error.source()->last : 0;
}
void mbuild_error_free(mbuild_error* error) {
  delete error;
}

void mbuild_string_free(char* text) {
  std::free(text);
}

}  // extern "C"
