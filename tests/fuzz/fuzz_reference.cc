// References: what is accepted is normalised once and for all, and says the same in every form.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "registry/oci/reference.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using mbuild::oci::Reference;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  auto reference = Reference::parse(text);
  if (!reference) {
    require(!reference.error().message().empty());
    return 0;
  }
  require(!reference->registry.empty() && !reference->repository.empty());
  require(!reference->tag.empty() || reference->digest);
  require(Reference::parse(reference->str()).value() == *reference);
  require(Reference::parse(reference->familiar()).value() == *reference);
  return 0;
}
