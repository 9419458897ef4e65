#include "builder/sandbox/hosts.h"

namespace mbuild::builder {

std::string hosts_file(std::string_view hostname, std::span<const ExtraHost> extra) {
  std::string text = "127.0.0.1\tlocalhost " + std::string(hostname) + "\n";
  text += "::1\tlocalhost ip6-localhost ip6-loopback\n";
  for (const ExtraHost& host : extra) text += host.address + "\t" + host.name + "\n";
  return text;
}

}  // namespace mbuild::builder
