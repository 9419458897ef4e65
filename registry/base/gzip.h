// gzip (RFC 1952) both ways, by ISA-L and libdeflate. Used through compress.h.
#pragma once

#include <memory>

#include "registry/base/block_compressor.h"
#include "registry/base/stream.h"

namespace mbuild {

std::unique_ptr<ByteSource> make_gzip_decoder(std::unique_ptr<ByteSource> input);

// Levels 0 to 9. Each block is a member of its own (RFC 1952 2.2).
std::unique_ptr<BlockFormat> make_gzip_format(int level);

}  // namespace mbuild
