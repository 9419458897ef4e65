#include "registry/base/result.h"

#include <cerrno>
#include <system_error>

namespace mbuild {

namespace {

ErrorKind kind_of_errno(int errnum) {
  switch (errnum) {
    case ENOENT:
      return ErrorKind::not_found;
    case ENOSPC:
    case EDQUOT:
      return ErrorKind::no_space;
    default:
      return ErrorKind::io;
  }
}

}  // namespace

Error Error::from_errno(int errnum, std::string_view action) {
  return {kind_of_errno(errnum), std::string(action) + ": " + std::generic_category().message(errnum)};
}

Error Error::context(std::string_view action) && {
  message_.insert(0, std::string(action) + ": ");
  return std::move(*this);
}

Error Error::with_hint(std::string hint) && {
  if (hint_.empty()) hint_ = std::move(hint);
  return std::move(*this);
}

Error Error::with_source(SourceLines source) && {
  if (!source_) source_ = std::move(source);
  return std::move(*this);
}

}  // namespace mbuild
