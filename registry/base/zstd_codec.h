// Zstandard (RFC 8878) both ways, by libzstd. Used through compress.h.
#pragma once

#include <memory>

#include "registry/base/block_compressor.h"
#include "registry/base/stream.h"

namespace mbuild {

std::unique_ptr<ByteSource> make_zstd_decoder(std::unique_ptr<ByteSource> input);

// Levels 1 to 22. Each block is a frame of its own, with its size and checksum.
std::unique_ptr<BlockFormat> make_zstd_format(int level);

}  // namespace mbuild
