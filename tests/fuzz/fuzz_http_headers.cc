// Header values of a registry: challenges, links, retry times and URLs are read without harm, and what a URL
// is read into means the same when it is read again.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "registry/remote/challenge.h"
#include "registry/remote/retry.h"
#include "registry/remote/tags.h"
#include "registry/remote/url.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mbuild::remote;
  const std::string value(reinterpret_cast<const char*>(data), size);
  for (const Challenge& challenge : parse_challenges({{"WWW-Authenticate", value}}))
    require(!challenge.scheme.empty());
  if (auto link = next_link(value)) require(link->size() <= size);
  if (auto wait = retry_after({{"Retry-After", value}}, {})) require(wait->count() >= 0);

  auto url = Url::parse(value);
  if (!url) require(!url.error().message().empty());
  if (url) {
    auto again = Url::parse(url->str());
    require(again && *again == *url);
    require(url->target.find_first_of("\r\n ") == std::string::npos);
  }
  const Url base = *Url::parse("https://registry.example:5000/v2/a/?x=y");
  if (auto target = base.resolve(value)) require(Url::parse(target->str()).value() == *target);
  return 0;
}
