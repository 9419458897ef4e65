#include "builder/sandbox/network_tap.h"

#include <linux/if_ether.h>
#include <linux/if_tun.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <sstream>
#include <string>

#include "builder/sandbox/host_file.h"
#include "registry/base/fd.h"

namespace mbuild::builder {

namespace {

constexpr std::uint32_t type_offset = 12;
constexpr std::uint32_t ipv4_destination = ETH_HLEN + 16;
constexpr std::uint32_t ipv6_destination = ETH_HLEN + 24;
constexpr std::uint32_t everything = 0x40000;

// Of a process of ours: another one cannot have got its id meanwhile.
Result<Fd> take_descriptor(pid_t process, int descriptor) {
  const Fd handle(static_cast<int>(::syscall(SYS_pidfd_open, process, 0)));
  if (!handle) return fail_errno(errno, "open a process");
  Fd taken(static_cast<int>(::syscall(SYS_pidfd_getfd, handle.get(), descriptor, 0)));
  if (!taken) return fail_errno(errno, "take a descriptor of a process");
  return taken;
}

Result<Fd> take_tap(pid_t keeper) {
  const std::string task = "/proc/" + std::to_string(keeper) + "/task/" + std::to_string(keeper);
  std::istringstream children(MBUILD_TRY(read_host_file(task + "/children")));
  for (pid_t child = 0; children >> child;) {
    std::error_code error;
    const std::string folder = "/proc/" + std::to_string(child) + "/fd";
    for (std::filesystem::directory_iterator file(folder, error), end; !error && file != end;
         file.increment(error)) {
      std::error_code unreadable;
      if (std::filesystem::read_symlink(file->path(), unreadable) != "/dev/net/tun") continue;
      return take_descriptor(child, std::stoi(file->path().filename()));
    }
  }
  return fail(ErrorKind::not_found, "it has none");
}

}  // namespace

std::vector<sock_filter> outward_filter() {
  constexpr std::uint16_t load_half = BPF_LD | BPF_H | BPF_ABS;
  constexpr std::uint16_t load_word = BPF_LD | BPF_W | BPF_ABS;
  constexpr std::uint16_t load_byte = BPF_LD | BPF_B | BPF_ABS;
  constexpr std::uint16_t equals = BPF_JMP | BPF_JEQ | BPF_K;
  return {
      BPF_STMT(load_half, type_offset),   BPF_JUMP(equals, ETH_P_ARP, 9, 0),
      BPF_JUMP(equals, ETH_P_IP, 0, 3),   BPF_STMT(load_byte, ipv4_destination),
      BPF_JUMP(equals, 127, 7, 0),        BPF_JUMP(equals, 0, 6, 5),
      BPF_JUMP(equals, ETH_P_IPV6, 0, 5), BPF_STMT(load_word, ipv6_destination),
      BPF_JUMP(equals, 0, 0, 2),          BPF_STMT(load_word, ipv6_destination + 4),
      BPF_JUMP(equals, 0, 1, 0),          BPF_STMT(BPF_RET | BPF_K, everything),
      BPF_STMT(BPF_RET | BPF_K, 0),
  };
}

Result<void> filter_tap_below(pid_t keeper) {
  const Fd tap = MBUILD_TRY_AS("take a helper's tap device", take_tap(keeper));
  std::vector<sock_filter> filter = outward_filter();
  sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
  if (::ioctl(tap.get(), TUNATTACHFILTER, &program) != 0) return fail_errno(errno, "filter a tap device");
  return {};
}

}  // namespace mbuild::builder
