#include "builder/sandbox/identity.h"

namespace mbuild::builder {

namespace {

constexpr std::uint32_t unchanged = ~std::uint32_t{0};

std::uint32_t pick(std::uint32_t wanted, std::uint32_t now) {
  return wanted == unchanged ? now : wanted;
}

}  // namespace

bool IdSet::set(std::uint32_t id, bool privileged) {
  if (privileged) {
    *this = all(id);
    return true;
  }
  if (id != real && id != saved) return false;
  effective = file_access = id;
  return true;
}

bool IdSet::set_real_and_effective(std::uint32_t new_real, std::uint32_t new_effective, bool privileged) {
  if (!privileged) {
    if (new_real != unchanged && new_real != real && new_real != effective) return false;
    if (new_effective != unchanged && !has(new_effective)) return false;
  }
  const bool saves = new_real != unchanged || (new_effective != unchanged && new_effective != real);
  real = pick(new_real, real);
  effective = file_access = pick(new_effective, effective);
  if (saves) saved = effective;
  return true;
}

bool IdSet::set_all(std::uint32_t new_real, std::uint32_t new_effective, std::uint32_t new_saved,
                    bool privileged) {
  if (!privileged) {
    for (const std::uint32_t id : {new_real, new_effective, new_saved}) {
      if (id != unchanged && !has(id)) return false;
    }
  }
  real = pick(new_real, real);
  effective = file_access = pick(new_effective, effective);
  saved = pick(new_saved, saved);
  return true;
}

std::uint32_t IdSet::set_file_access(std::uint32_t id, bool privileged) {
  const std::uint32_t before = file_access;
  if (privileged || has(id) || id == file_access) file_access = id;
  return before;
}

}  // namespace mbuild::builder
