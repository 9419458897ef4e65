// Docker's default seccomp profile as data (github.com/moby/profiles, seccomp/default_linux.go), reduced to
// what holds for Docker's default capabilities: of the rules that ask for a capability only that of
// CAP_SYS_CHROOT applies.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace mbuild::builder::seccomp_profile {

// Names as libseccomp knows them, one space between two; an architecture that lacks a call skips its name.
std::string_view allowed_names();

// Allowed on one architecture alone; `architecture` is a SCMP_ARCH_*.
struct ArchitectureName {
  std::uint32_t architecture;
  const char* name;
};
std::span<const ArchitectureName> allowed_names_of_architectures();

// Calls newer than the libseccomp that may be installed. Since Linux 5.1 new calls have one number on every
// architecture.
std::span<const int> allowed_recent_numbers();

// The newest call that the profile has an opinion on. Later ones must look as if the kernel lacked them
// (ENOSYS), because C libraries fall back to older calls on that error only.
constexpr int newest_number = 466;  // removexattrat, Linux 6.13

// socket(2) of these address families only; AF_VSOCK and AF_ALG are the notable absentees.
std::span<const std::uint32_t> allowed_socket_families();

// personality(2) with these values only.
std::span<const std::uint32_t> allowed_personalities();

// clone(2) is refused with any of these flags, those that make namespaces.
constexpr std::uint32_t refused_clone_flags = 0x7e020000;

}  // namespace mbuild::builder::seccomp_profile
