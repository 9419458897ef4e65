// containerd's hosts.toml: reading it ends, and errors name the file.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "registry/remote/hosts_toml.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mbuild;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  auto file = remote::parse_hosts_toml(text, "hosts.toml", "/certs");
  if (!file) {
    require(file.error().kind() == ErrorKind::invalid_input);
    require(file.error().message().starts_with("hosts.toml:"));
    return 0;
  }
  for (const remote::ConfiguredHost& host : file->hosts) require(!host.url.host.empty());
  return 0;
}
