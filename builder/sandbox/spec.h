// SandboxSpec: all that running one step needs, as plain data.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "builder/resource_limits.h"

namespace mbuild::builder {

// A mount that the step sees, besides /proc, /sys, /dev and the like that every step has.
struct SandboxMount {
  enum class Kind {
    bind,   // what `source_fd` is: a directory or a file, with all below it
    tmpfs,  // empty, `size_bytes` at most (0: unlimited)
    data,   // a read-only file that holds `data`, for /etc/resolv.conf, /etc/hosts, secrets, scripts
  };
  Kind kind = Kind::bind;
  int source_fd = -1;  // O_PATH is enough; borrowed until the step ends
  std::string data;
  std::string target;  // absolute path in the rootfs; symlinks in it are followed within the rootfs
  bool read_only = false;
  std::uint32_t mode = 0755;  // of the tmpfs root or the data file
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::uint64_t size_bytes = 0;
};

enum class NetworkMode {
  host,
  none,
  apart,  // one that all such steps of a sandbox share; see Sandbox::network()
};

struct SandboxSpec {
  int rootfs_fd = -1;  // the mounted root (a detached mount, or a directory); borrowed until the step ends
  int standard_input = -1;  // borrowed until the step ends; -1: /dev/null
  bool terminal = false;    // standard_input is a terminal: also the step's outputs and controlling terminal
  std::vector<std::string>
      argv;  // argv[0] is looked up in the rootfs along PATH of `env` when it has no slash
  std::vector<std::string> env;  // "KEY=value"
  std::string cwd = "/";         // absolute; exists in the rootfs
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::vector<std::uint32_t> supplementary_gids;
  std::string hostname = "buildkitsandbox";
  std::vector<SandboxMount> mounts;  // in any order; nested targets are mounted outermost first
  NetworkMode network = NetworkMode::host;
  bool insecure = false;  // --security=insecure: all capabilities, no seccomp filter, nothing masked
  ResourceLimits limits;
};

}  // namespace mbuild::builder
