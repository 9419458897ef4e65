// Identity: the ids that a process believes to have, and how it may change them (credentials(7)).
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

namespace mbuild::builder {

// Real, effective and saved id; the id for file access follows the effective one (setfsuid(2) aside).
struct IdSet {
  std::uint32_t real = 0;
  std::uint32_t effective = 0;
  std::uint32_t saved = 0;
  std::uint32_t file_access = 0;

  static IdSet all(std::uint32_t id) { return {id, id, id, id}; }

  // As setuid(2), setreuid(2), setresuid(2) or their namesakes for groups; `privileged` stands for CAP_SETUID
  // or CAP_SETGID, -1 leaves an id as it is. False, with nothing changed, for EPERM.
  bool set(std::uint32_t id, bool privileged);
  bool set_real_and_effective(std::uint32_t new_real, std::uint32_t new_effective, bool privileged);
  bool set_all(std::uint32_t new_real, std::uint32_t new_effective, std::uint32_t new_saved, bool privileged);
  // As setfsuid(2): gives the id before, whether it was changed or not.
  std::uint32_t set_file_access(std::uint32_t id, bool privileged);

 private:
  bool has(std::uint32_t id) const { return id == real || id == effective || id == saved; }
};

struct Identity {
  IdSet users;
  IdSet groups;
  std::vector<gid_t> supplementary;

  bool is_privileged() const { return users.effective == 0; }
};

}  // namespace mbuild::builder
