// Whether a build gives the same twice: `mbuild build --verify-reproducible`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "builder/build.h"
#include "registry/base/result.h"

#pragma GCC visibility push(default)

namespace mbuild::builder {

// The first thing in which two builds of one request differ.
struct BuildDifference {
  std::string step;                   // the history entry of the layer, or empty: the images differ elsewhere
  std::string path;                   // in the layer; empty: not in a file
  std::string what;                   // "content", "mode 0644, then 0755", "only in the first build"
  std::optional<std::uint64_t> byte;  // of the content: the offset of the first byte that differs
  std::string str() const;            // on one line
};

// Builds twice without cache, writing nothing but to the store, and compares layer by layer. Times that a
// step's files have from the clock do not count: SOURCE_DATE_EPOCH decides them in an image. Outputs of the
// request are left alone. nullopt: no difference.
Result<std::optional<BuildDifference>> verify_reproducible(const BuildRequest& request,
                                                           BuildObserver* observer);

}  // namespace mbuild::builder

#pragma GCC visibility pop
