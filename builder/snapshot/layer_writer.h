// Writes an unpacked layer as its tarball.
#pragma once

#include <cstdint>
#include <optional>

#include "registry/base/result.h"
#include "registry/base/stream.h"

namespace mbuild::builder {

// The tarball by the rules of SEMANTICS B3: a function of what is in `fs` alone. mtimes later than
// `clamp_mtime` (seconds) become it; whiteouts are always dated 0. `sink` works on a thread of its own when
// there is much to write.
Result<void> write_layer(int fs, ByteSink& sink, std::optional<std::int64_t> clamp_mtime);

}  // namespace mbuild::builder
