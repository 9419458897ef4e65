// Telling an archive from a Dockerfile by how it begins.
#pragma once

#include <cstddef>

#include "registry/base/stream.h"

namespace mbuild {

inline constexpr std::size_t kArchiveHead = 512;  // bytes that looks_like_archive() wants to see

// Whether a stream that begins so is a tar, or compressed with gzip, bzip2, xz or zstd (moby
// frontend/dockerui/context.go, isArchive). `head` is shorter only when the stream is.
bool looks_like_archive(ByteView head);

}  // namespace mbuild
