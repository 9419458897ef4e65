// A build context that came as an archive, unpacked into a folder.
#pragma once

#include <memory>
#include <string>

#include "registry/base/fd.h"
#include "registry/base/result.h"

#pragma GCC visibility push(default)

namespace mbuild::builder {

class TarContext;

// The folder goes when this goes. Move-only.
class UnpackedContext {
 public:
  // Reads the archive (a tar, plain or compressed) from the descriptor to its end; `name` is what errors call
  // it. The folder is made in the directory `parent`, which must outlive this.
  static Result<UnpackedContext> unpack(Fd archive, const std::string& name, const std::string& parent);
  UnpackedContext(UnpackedContext&&) noexcept;
  UnpackedContext& operator=(UnpackedContext&&) noexcept;
  ~UnpackedContext();

  const std::string& path() const { return path_; }

 private:
  UnpackedContext(Fd parent, std::unique_ptr<TarContext> files, std::string path);

  Fd parent_;
  std::unique_ptr<TarContext> files_;
  std::string path_;
};

}  // namespace mbuild::builder

#pragma GCC visibility pop
