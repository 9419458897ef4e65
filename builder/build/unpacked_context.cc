#include "builder/unpacked_context.h"

#include <fcntl.h>

#include "builder/context/tar_context.h"
#include "registry/base/fd_stream.h"
#include "registry/base/fs_at.h"

namespace mbuild::builder {

Result<UnpackedContext> UnpackedContext::unpack(Fd archive, const std::string& name,
                                                const std::string& parent) {
  const std::string action = "unpack the context " + name;
  Fd folder = MBUILD_TRY_AS(action, fs_at::open_trusted(parent, O_RDONLY | O_DIRECTORY));
  auto files = std::make_unique<TarContext>(MBUILD_TRY_AS(
      action,
      TarContext::unpack(std::make_unique<FdSource>(std::move(archive), name), folder.get(), "context")));
  return UnpackedContext(std::move(folder), std::move(files), parent + "/context");
}

UnpackedContext::UnpackedContext(Fd parent, std::unique_ptr<TarContext> files, std::string path)
    : parent_(std::move(parent)), files_(std::move(files)), path_(std::move(path)) {}
UnpackedContext::UnpackedContext(UnpackedContext&&) noexcept = default;
UnpackedContext& UnpackedContext::operator=(UnpackedContext&&) noexcept = default;
UnpackedContext::~UnpackedContext() {
  files_.reset();  // while the folder that it is in is open
}

}  // namespace mbuild::builder
