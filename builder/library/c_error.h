// What the C interface shares: errors as objects, structs that grow, and no exception out.
#pragma once

#include <algorithm>
#include <cstring>
#include <new>

#include "builder/library/mbuild.h"
#include "registry/base/result.h"

struct mbuild_error {
  mbuild::Error error;
};

namespace mbuild::library {

// The kind as C sees it. Gives the error away through `out` unless that is null.
int give_error(Error error, mbuild_error** out) noexcept;

// Copies as much of `value` as a caller that knows `size` bytes of it has room for.
template <class T>
int give(const T& value, T* out, std::size_t size) noexcept {
  if (out == nullptr) return 0;
  std::memcpy(out, &value, std::min(size, sizeof(T)));
  return 1;
}

// What `work` gives, or `failed` and the error; an exception (there is no memory) becomes one too.
template <class Work, class Value>
Value guarded(Value failed, mbuild_error** error, const Work& work) noexcept {
  try {
    return work();
  } catch (const std::exception& thrown) {
    give_error(Error(ErrorKind::internal, thrown.what()), error);
  } catch (...) {
    give_error(Error(ErrorKind::internal, "an unknown exception"), error);
  }
  return failed;
}

}  // namespace mbuild::library
