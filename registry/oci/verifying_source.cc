#include "registry/oci/verifying_source.h"

#include <fmt/format.h>

namespace mbuild::oci {

Result<std::size_t> VerifyingSource::read(std::span<std::byte> buffer) {
  if (verified_ || buffer.empty()) return 0;
  std::size_t size = MBUILD_TRY(input_->read(buffer));
  given_ += size;
  if (given_ > size_ || (size == 0 && given_ != size_))
    return fail(ErrorKind::corrupt,
                fmt::format("blob {}: {} bytes where {} were announced", digest_.str(), given_, size_));
  hash_.update(buffer.first(size));
  if (size == 0) {
    if (Digest found = hash_.finish(); found != digest_)
      return fail(ErrorKind::corrupt,
                  fmt::format("blob {}: its bytes have the digest {}", digest_.str(), found.str()));
    verified_ = true;
  }
  return size;
}

}  // namespace mbuild::oci
