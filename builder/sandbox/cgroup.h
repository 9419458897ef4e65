// Cgroup: the owner of one cgroup folder.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "registry/base/fd.h"
#include "registry/base/result.h"

namespace mbuild::builder {

// Move-only; the folder is removed on destruction, when its processes must be gone. Should the builder be
// killed before that, the next one to make a cgroup beside it removes it: a folder in use is held by
// flock(2).
class Cgroup {
 public:
  // Makes a folder with a name of its own in the folder `parent`, and removes what dead builders left there.
  static Result<Cgroup> make(const std::string& parent);

  // Removes what dead builders left in the folder `parent`, as far as it may.
  static void sweep(const std::string& parent);

  Cgroup(Cgroup&& other) noexcept = default;
  Cgroup& operator=(Cgroup&&) = delete;
  ~Cgroup();

  int directory() const { return directory_.get(); }

  // The files of a cgroup are written and read whole, in one system call.
  Result<void> write(const char* file, std::string_view value) const;
  Result<std::string> read(const char* file) const;

  // The number after `key` in a file of "key value" lines; a file of one number has the empty key. nullopt
  // when there is no such file or key.
  std::optional<std::uint64_t> number(const char* file, std::string_view key = "") const;

 private:
  Cgroup(Fd parent, std::string name, Fd directory);

  Fd parent_;
  std::string name_;
  Fd directory_;
};

}  // namespace mbuild::builder
