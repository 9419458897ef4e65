// Names of images, platforms and layouts: what is accepted is normalised, and its text means the same again.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "registry/oci/layout_name.h"
#include "registry/oci/platform.h"
#include "registry/oci/reference.h"

namespace {

using namespace mbuild::oci;

void require(bool holds) {
  if (!holds) std::abort();
}

void check_reference(std::string_view text) {
  const auto reference = Reference::parse(text);
  if (!reference) return require(!reference.error().message().empty());
  require(!reference->registry.empty() && !reference->repository.empty());
  require(!reference->tag.empty() || reference->digest);
  require(Reference::parse(reference->str()) == *reference);
  require(Reference::parse(reference->familiar()) == *reference);
}

void check_platform(std::string_view text) {
  const auto platform = Platform::parse(text);
  if (!platform) return require(!platform.error().message().empty());
  require(platform->normalized() == *platform);
  const auto again = Platform::parse(platform->str());
  require(again && again->str() == platform->str());
  require(best_match(*platform, {*platform}) == 0);
}

void check_layout_name(std::string_view text) {
  const auto name = LayoutName::parse(text);
  if (!name) return require(!name.error().message().empty());
  require(text.starts_with(name->directory) && !name->directory.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_reference(text);
  check_platform(text);
  check_layout_name(text);
  return 0;
}
