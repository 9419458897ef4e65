#include "builder/sandbox/device_filter.h"

#include <linux/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace mbuild::builder {

namespace {

// Registers by their use. The kernel passes the context in the first one and takes the verdict from the
// zeroth.
constexpr std::uint8_t verdict = BPF_REG_0;
constexpr std::uint8_t context = BPF_REG_1;
constexpr std::uint8_t type = BPF_REG_2;
constexpr std::uint8_t access = BPF_REG_3;
constexpr std::uint8_t major = BPF_REG_4;
constexpr std::uint8_t minor = BPF_REG_5;

constexpr int any_minor = -1;
struct Device {
  int major;
  int minor;
};
// Unix98 pseudo terminals are 136 with any minor.
constexpr Device openable[] = {{1, 3}, {1, 5}, {1, 7}, {1, 8},          {1, 9},
                               {5, 0}, {5, 1}, {5, 2}, {136, any_minor}};

bpf_insn read(std::uint8_t into, std::size_t offset) {
  return {BPF_LDX | BPF_W | BPF_MEM, into, context, static_cast<std::int16_t>(offset), 0};
}
bpf_insn copy(std::uint8_t into, std::uint8_t from) {
  return {BPF_ALU64 | BPF_MOV | BPF_X, into, from, 0, 0};
}
bpf_insn compute(std::uint8_t operation, std::uint8_t on, std::int32_t value) {
  return {static_cast<std::uint8_t>(BPF_ALU64 | operation | BPF_K), on, 0, 0, value};
}
bpf_insn skip_unless_equal(std::uint8_t what, std::int32_t value, std::int16_t instructions) {
  return {BPF_JMP | BPF_JNE | BPF_K, what, 0, instructions, value};
}

void give(std::vector<bpf_insn>& program, bool allowed) {
  program.push_back(compute(BPF_MOV, verdict, allowed ? 1 : 0));
  program.push_back({BPF_JMP | BPF_EXIT, 0, 0, 0, 0});
}

std::vector<bpf_insn> make_program() {
  std::vector<bpf_insn> program{
      read(type, offsetof(bpf_cgroup_dev_ctx, access_type)),
      copy(access, type),
      compute(BPF_AND, type, 0xffff),
      compute(BPF_RSH, access, 16),
      read(major, offsetof(bpf_cgroup_dev_ctx, major)),
      read(minor, offsetof(bpf_cgroup_dev_ctx, minor)),
      skip_unless_equal(access, BPF_DEVCG_ACC_MKNOD, 2),
  };
  give(program, true);
  program.push_back({BPF_JMP | BPF_JEQ | BPF_K, type, 0, 2, BPF_DEVCG_DEV_CHAR});
  give(program, false);
  for (const Device& device : openable) {
    const bool every_minor = device.minor == any_minor;
    program.push_back(skip_unless_equal(major, device.major, every_minor ? 2 : 3));
    if (!every_minor) program.push_back(skip_unless_equal(minor, device.minor, 2));
    give(program, true);
  }
  give(program, false);
  return program;
}

int bpf(int command, bpf_attr& attributes) {
  return static_cast<int>(::syscall(SYS_bpf, command, &attributes, sizeof attributes));
}

}  // namespace

Result<DeviceFilter> DeviceFilter::load() {
  const std::vector<bpf_insn> program = make_program();
  bpf_attr request{};
  request.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
  request.insns = reinterpret_cast<std::uintptr_t>(program.data());
  request.insn_cnt = static_cast<std::uint32_t>(program.size());
  request.license = reinterpret_cast<std::uintptr_t>("Apache-2.0");
  Fd loaded(bpf(BPF_PROG_LOAD, request));
  if (!loaded) return fail_errno(errno, "load a device filter");
  return DeviceFilter(std::move(loaded));
}

Result<void> DeviceFilter::attach(int cgroup) const {
  bpf_attr request{};
  request.target_fd = static_cast<std::uint32_t>(cgroup);
  request.attach_bpf_fd = static_cast<std::uint32_t>(program_.get());
  request.attach_type = BPF_CGROUP_DEVICE;
  request.attach_flags = BPF_F_ALLOW_MULTI;
  if (bpf(BPF_PROG_ATTACH, request) != 0) return fail_errno(errno, "attach a device filter to a cgroup");
  return {};
}

}  // namespace mbuild::builder
