#include "builder/exec/emulation.h"

#include <dirent.h>
#include <fmt/format.h>

#include <fstream>
#include <memory>
#include <optional>
#include <sstream>
#include <vector>

namespace mbuild::builder {

namespace {

// e_machine of ELF headers (elf.h), with the class and byte order that go with Go's name of the architecture.
struct Machine {
  std::string_view architecture;
  unsigned char elf_class;   // 1: 32 bits, 2: 64 bits
  unsigned char byte_order;  // 1: little-endian, 2: big-endian
  unsigned machine;
};
constexpr Machine kMachines[] = {
    {"386", 1, 1, 3},       {"amd64", 2, 1, 62},  {"arm", 1, 1, 40},      {"arm64", 2, 1, 183},
    {"ppc64le", 2, 1, 21},  {"ppc64", 2, 2, 21},  {"riscv64", 2, 1, 243}, {"s390x", 2, 2, 22},
    {"loong64", 2, 1, 258}, {"mips64", 2, 2, 8},  {"mips64le", 2, 1, 8},  {"mips", 1, 2, 8},
    {"mipsle", 1, 1, 8},    {"riscv", 1, 1, 243},
};

// The header of a static program for the architecture: what a registration's magic is compared with.
std::optional<std::string> elf_header(std::string_view architecture) {
  for (const Machine& machine : kMachines) {
    if (machine.architecture != architecture) continue;
    std::string header(20, '\0');
    header.replace(0, 4, "\177ELF");
    header[4] = static_cast<char>(machine.elf_class);
    header[5] = static_cast<char>(machine.byte_order);
    header[6] = 1;
    const bool big = machine.byte_order == 2;
    const auto put = [&](std::size_t at, unsigned value) {
      header[at + (big ? 1 : 0)] = static_cast<char>(value & 0xff);
      header[at + (big ? 0 : 1)] = static_cast<char>(value >> 8);
    };
    put(16, 2);  // ET_EXEC
    put(18, machine.machine);
    return header;
  }
  return std::nullopt;
}

std::string from_hex(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes += static_cast<char>(std::strtoul(hex.substr(i, 2).c_str(), nullptr, 16));
  return bytes;
}

struct Registration {
  bool enabled = false;
  std::string interpreter, flags, magic, mask;
  std::size_t offset = 0;
};

// The text that the kernel shows of one: "enabled", then a word and its value a line.
Registration parse_registration(std::istream& text) {
  Registration registration;
  for (std::string line; std::getline(text, line);) {
    std::istringstream words(line);
    std::string key, value;
    words >> key >> value;
    if (key == "enabled") registration.enabled = true;
    if (key == "interpreter") registration.interpreter = value;
    if (key == "flags:") registration.flags = value;
    if (key == "offset") registration.offset = std::strtoul(value.c_str(), nullptr, 10);
    if (key == "magic") registration.magic = from_hex(value);
    if (key == "mask") registration.mask = from_hex(value);
  }
  return registration;
}

bool takes(const Registration& registration, const std::string& header) {
  if (registration.magic.empty() || registration.offset + registration.magic.size() > header.size())
    return false;
  for (std::size_t i = 0; i < registration.magic.size(); ++i) {
    const char mask = i < registration.mask.size() ? registration.mask[i] : '\xff';
    if (((header[registration.offset + i] ^ registration.magic[i]) & mask) != 0) return false;
  }
  return true;
}

std::vector<Registration> registrations(const std::string& folder) {
  std::vector<Registration> found;
  const std::unique_ptr<DIR, int (*)(DIR*)> dir(opendir(folder.c_str()), closedir);
  if (!dir) return found;
  while (const dirent* entry = readdir(dir.get())) {
    const std::string name = entry->d_name;
    if (name == "." || name == ".." || name == "register" || name == "status") continue;
    std::ifstream file(folder + "/" + name);
    found.push_back(parse_registration(file));
  }
  return found;
}

}  // namespace

Result<void> check_can_run(const oci::Platform& platform, const oci::Platform& host,
                           const std::string& binfmt) {
  if (platform.os == host.os && platform.architecture == host.architecture) return {};
  if (platform.os != host.os)
    return fail(ErrorKind::unsupported,
                fmt::format("a step of {} cannot run on {}: only files can be copied there", platform.str(),
                            host.str()));
  if (oci::best_match(host, {platform}) >= 0) return {};

  const std::string problem = fmt::format("a step of {} cannot run on {}", platform.str(), host.str());
  std::string cause = "no interpreter for it is registered in " + binfmt;
  const std::optional<std::string> header = elf_header(platform.architecture);
  for (const Registration& registration : registrations(binfmt)) {
    if (!header || !registration.enabled || !takes(registration, *header)) continue;
    if (registration.flags.find('F') != std::string::npos) return {};
    cause = fmt::format(
        "its interpreter {} is registered without the flag F, so that it would have to be in "
        "the image",
        registration.interpreter);
  }
  return std::unexpected(Error(ErrorKind::unsupported, problem + ": " + cause)
                             .with_hint("apt-get install qemu-user-static binfmt-support (or run this stage "
                                        "with FROM --platform=$BUILDPLATFORM and cross-compile)"));
}

}  // namespace mbuild::builder
