// Manifests, indexes and configs of a registry: what is accepted can be written, and read again as the same.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "registry/oci/image_config.h"
#include "registry/oci/manifest.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

// Writing is a fixed point after the first time.
template <class T>
void round_trip(std::string_view json) {
  auto parsed = T::parse(json);
  if (!parsed) {
    require(!parsed.error().message().empty());
    return;
  }
  const std::string once = parsed->json();
  auto again = T::parse(once);
  require(again.has_value());
  require(again->json() == once);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view json(reinterpret_cast<const char*>(data), size);
  round_trip<mbuild::oci::Manifest>(json);
  round_trip<mbuild::oci::Index>(json);
  round_trip<mbuild::oci::ImageConfig>(json);
  return 0;
}
