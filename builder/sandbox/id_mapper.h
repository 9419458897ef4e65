// IdMapper: a helper process outside a user namespace that gives it its ids.
#pragma once

#include <sys/types.h>

#include "builder/sandbox/id_map.h"
#include "registry/base/fd.h"
#include "registry/base/result.h"

namespace mbuild::builder {

// The ids of a user namespace can only be mapped from outside, but its maker is inside; so this process is
// forked before the namespace is made and waits to be told. For programs of one thread.
class IdMapper {
 public:
  // Forks. `maps` are for the user namespace that the calling process will be in.
  static Result<IdMapper> start(const IdMaps& maps);

  IdMapper(IdMapper&& other) noexcept;
  IdMapper& operator=(IdMapper&&) = delete;
  ~IdMapper();  // a helper that was not told ends

  // Tells the helper that the namespace is there, and waits for the maps. Once.
  Result<void> map();

 private:
  IdMapper(pid_t helper, Fd go, Fd outcome);

  pid_t helper_;
  Fd go_;
  Fd outcome_;
};

}  // namespace mbuild::builder
