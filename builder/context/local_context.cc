#include "builder/context/local_context.h"

#include <fcntl.h>
#include <stdlib.h>

#include "registry/base/fs_at.h"

namespace mbuild::builder {

namespace {

// The same for every way to write the path, so that they share an index.
std::string canonical(const std::string& path) {
  const std::unique_ptr<char, decltype(&::free)> resolved(::realpath(path.c_str(), nullptr), &::free);
  return resolved ? resolved.get() : path;
}

}  // namespace

Result<LocalContext> LocalContext::open(const LocalContextRequest& request) {
  const std::string action = "open build context " + request.directory;
  LocalContext context;
  context.root_ =
      MBUILD_TRY_AS("open build context", fs_at::open_trusted(request.directory, O_RDONLY | O_DIRECTORY));
  context.ignore_ = MBUILD_TRY_AS(
      action, load_ignore_filter(context.root_.get(), request.dockerfile_directory, request.dockerfile));
  if (request.index_folder >= 0) {
    context.index_ = StatIndex::open(request.index_folder, StatIndex::name_for(canonical(request.directory)));
  }
  return context;
}

SourceTree LocalContext::tree() const {
  return {.root = root_.get(),
          .ignore = ignore_.matcher,
          .ownership = Ownership::root,
          .index = index_.get(),
          .immutable = false};
}

Result<void> LocalContext::save_index() const {
  if (!index_) return {};
  return index_->save();
}

}  // namespace mbuild::builder
