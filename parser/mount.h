// Mount: what one `RUN --mount=` asks for (SEMANTICS A12; moby: instructions/commands_runmount.go).
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "parser/diagnostic.h"

#pragma GCC visibility push(default)

namespace mbuild::parser {

enum class MountType { bind, cache, tmpfs, secret, ssh };
enum class CacheSharing { shared, exclusive, locked };  // exclusive is written "private"

std::string_view to_string(MountType type);

// As written: what was not given is empty or nullopt. with_defaults() fills it in.
struct Mount {
  MountType type = MountType::bind;
  std::string from;    // stage, named context or image; never expanded
  std::string source;  // of secret: see id
  std::string target;
  std::optional<bool> read_only;
  std::string id;  // of secret, `source` is another name for it
  std::optional<CacheSharing> sharing;
  bool required = false;              // secret, ssh: fail when the builder was not given it
  std::optional<std::uint64_t> size;  // tmpfs: bytes
  std::optional<std::uint32_t> mode;  // cache, secret, ssh: permission bits
  std::optional<std::uint32_t> uid;
  std::optional<std::uint32_t> gid;
  std::optional<std::string> env;  // secret: the variable that holds it
};

struct MountError {
  std::string message;
  std::size_t begin = 0;  // the field at fault: bytes of the value
  std::size_t end = 0;
};

// Expands one value of the comma-separated list; the error is its message.
using MountExpansion = std::function<std::expected<std::string, std::string>(std::string_view)>;

// Reads the value of a --mount flag. Values other than that of `from` are given to `expand` one by one, so
// that a comma in a variable separates nothing; without it they are taken as they are. Pure, if `expand` is.
std::expected<Mount, MountError> read_mount(std::string_view value, const MountExpansion& expand = {});

// `from=` of a value that is not expanded yet, for the graph of stages. An error for a list that is no CSV,
// and for a variable in `from`.
struct MountFrom {
  std::string name;
  std::size_t begin = 0;  // its bytes in the value, `from=` not included
  std::size_t end = 0;
};
std::expected<std::optional<MountFrom>, MountError> find_mount_from(std::string_view value);

// The place of all defaults:
//   bind    read-only
//   cache   id: the cleaned target; shared; writable; mode 0755, uid 0, gid 0
//   tmpfs   writable; no limit of size
//   secret  id: the target's last name; target: /run/secrets/<the id's last name>, none with `env` alone;
//           read-only; mode 0400, uid 0, gid 0
//   ssh     id: default; target: /run/buildkit/ssh_agent.<ssh_number>; read-only; mode 0600, uid 0, gid 0
// `ssh_number` counts the ssh mounts of the same RUN before this one. A relative target is the caller's to
// join to the working directory.
Mount with_defaults(Mount mount, std::size_t ssh_number);

}  // namespace mbuild::parser

#pragma GCC visibility pop
