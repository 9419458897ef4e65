#include "builder/sandbox/seccomp.h"

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <seccomp.h>

#include <bit>
#include <cerrno>
#include <cstddef>
#include <string>
#include <string_view>

#include "builder/sandbox/bpf_search.h"
#include "builder/sandbox/seccomp_profile.h"

namespace mbuild::builder {

namespace {

namespace profile = seccomp_profile;

// A family of call numbers that the kernel reports under one AUDIT_ARCH_*.
struct Abi {
  std::uint32_t libseccomp;
  std::uint32_t audit;
  std::uint32_t first_number = 0;  // x32 shares x86-64's AUDIT_ARCH and sets this bit
};

constexpr std::uint32_t x32_bit = 0x40000000;

// The native ABI first, then those that the kernel may run besides. Empty for an unknown machine.
std::vector<Abi> abis_of_this_machine() {
  switch (seccomp_arch_native()) {
    case SCMP_ARCH_X86_64:
      return {{SCMP_ARCH_X86_64, AUDIT_ARCH_X86_64},
              {SCMP_ARCH_X32, AUDIT_ARCH_X86_64, x32_bit},
              {SCMP_ARCH_X86, AUDIT_ARCH_I386}};
    case SCMP_ARCH_AARCH64:
      return {{SCMP_ARCH_AARCH64, AUDIT_ARCH_AARCH64}, {SCMP_ARCH_ARM, AUDIT_ARCH_ARM}};
    case SCMP_ARCH_RISCV64:
      return {{SCMP_ARCH_RISCV64, AUDIT_ARCH_RISCV64}};
    case SCMP_ARCH_PPC64LE:
      return {{SCMP_ARCH_PPC64LE, AUDIT_ARCH_PPC64LE}};
    case SCMP_ARCH_S390X:
      return {{SCMP_ARCH_S390X, AUDIT_ARCH_S390X}, {SCMP_ARCH_S390, AUDIT_ARCH_S390}};
    default:
      return {};
  }
}

BpfCode give(std::uint32_t action) {
  return {BPF_STMT(BPF_RET | BPF_K, action)};
}
BpfCode allow() {
  return give(SECCOMP_RET_ALLOW);
}
BpfCode refuse(int errnum) {
  return give(SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(errnum));
}

// The low half of an argument: all that the kernel looks at of an int, and all that matters of flags.
sock_filter load_argument(unsigned index) {
  const std::size_t low_half = std::endian::native == std::endian::big ? sizeof(std::uint32_t) : 0;
  const std::size_t offset = offsetof(seccomp_data, args) + index * sizeof(std::uint64_t) + low_half;
  return BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset));
}

// Makes `number` alone mean `code`, whatever the numbers around it mean.
void set_number(BpfRanges& ranges, std::uint32_t number, BpfCode code) {
  if (number != UINT32_MAX && !ranges.contains(number + 1)) {
    ranges[number + 1] = std::prev(ranges.upper_bound(number))->second;
  }
  ranges[number] = std::move(code);
}

BpfCode allow_values_of_first_argument(std::span<const std::uint32_t> values) {
  BpfRanges ranges{{0, refuse(EPERM)}};
  for (const std::uint32_t value : values) set_number(ranges, value, allow());
  BpfCode code{load_argument(0)};
  const BpfCode decision = bpf_search(ranges);
  code.insert(code.end(), decision.begin(), decision.end());
  return code;
}

BpfCode refuse_clone_flags(const Abi& abi) {
  const bool flags_come_second = abi.libseccomp == SCMP_ARCH_S390X || abi.libseccomp == SCMP_ARCH_S390;
  return {load_argument(flags_come_second ? 1 : 0),
          BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, profile::refused_clone_flags, 0, 1), refuse(EPERM).front(),
          allow().front()};
}

// Calls that an architecture lacks get negative numbers from libseccomp.
void set_name(BpfRanges& ranges, const Abi& abi, const char* name, const BpfCode& code) {
  const int number = seccomp_syscall_resolve_name_arch(abi.libseccomp, name);
  if (number >= 0) set_number(ranges, static_cast<std::uint32_t>(number), code);
}

void add_rules(BpfRanges& ranges, const Abi& abi) {
  ranges[abi.first_number] = refuse(EPERM);
  ranges[abi.first_number + profile::newest_number + 1] = refuse(ENOSYS);

  std::string_view names = profile::allowed_names();
  while (!names.empty()) {
    const std::size_t end = std::min(names.find(' '), names.size());
    set_name(ranges, abi, std::string(names.substr(0, end)).c_str(), allow());
    names.remove_prefix(std::min(end + 1, names.size()));
  }
  for (const auto& [architecture, name] : profile::allowed_names_of_architectures()) {
    if (architecture == abi.libseccomp) set_name(ranges, abi, name, allow());
  }
  for (const int number : profile::allowed_recent_numbers()) {
    set_number(ranges, abi.first_number + static_cast<std::uint32_t>(number), allow());
  }
  set_name(ranges, abi, "socket", allow_values_of_first_argument(profile::allowed_socket_families()));
  set_name(ranges, abi, "personality", allow_values_of_first_argument(profile::allowed_personalities()));
  set_name(ranges, abi, "clone", refuse_clone_flags(abi));
  // Its flags are behind a pointer; ENOSYS makes C libraries use clone.
  set_name(ranges, abi, "clone3", refuse(ENOSYS));
}

}  // namespace

Result<SeccompFilter> SeccompFilter::docker_default() {
  std::map<std::uint32_t, BpfRanges> by_audit_architecture;
  for (const Abi& abi : abis_of_this_machine()) add_rules(by_audit_architecture[abi.audit], abi);
  if (by_audit_architecture.empty()) {
    return fail(ErrorKind::unsupported, "no seccomp profile for this machine's architecture");
  }

  BpfCode code{BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch))};
  for (const auto& [architecture, ranges] : by_audit_architecture) {
    BpfCode body{BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr))};
    const BpfCode decision = bpf_search(ranges);
    body.insert(body.end(), decision.begin(), decision.end());
    bpf_append_if_equal(code, architecture, body);
  }
  code.push_back(give(SECCOMP_RET_KILL_PROCESS).front());
  return SeccompFilter(std::move(code));
}

}  // namespace mbuild::builder
