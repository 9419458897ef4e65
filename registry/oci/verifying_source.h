// VerifyingSource: a blob's bytes, checked against its descriptor as they pass.
#pragma once

#include <memory>
#include <string>

#include "registry/base/stream.h"
#include "registry/oci/descriptor.h"

namespace mbuild::oci {

// The read that finds the end fails with `corrupt` when size or digest is not as announced; reads past the
// announced size fail at once.
class VerifyingSource : public ByteSource {
 public:
  VerifyingSource(std::unique_ptr<ByteSource> input, const Descriptor& descriptor)
      : input_(std::move(input)), digest_(descriptor.digest), size_(descriptor.size) {}
  Result<std::size_t> read(std::span<std::byte> buffer) override;

 private:
  std::unique_ptr<ByteSource> input_;
  Digest digest_;
  std::uint64_t size_;
  Sha256 hash_;
  std::uint64_t given_ = 0;
  bool verified_ = false;
};

}  // namespace mbuild::oci
