#include "builder/exec/copy_engine.h"

#include <fcntl.h>

#include "builder/context/rooted_path.h"
#include "builder/exec/copy_target.h"
#include "builder/exec/copy_tree.h"
#include "builder/exec/copy_unpack.h"
#include "registry/base/fs_at.h"

namespace mbuild::builder {

namespace {

class Copy {
 public:
  Copy(const SourceTree& tree, const Selection& selection, int root, std::string_view destination,
       const CopyOptions& options)
      : tree_(tree),
        root_(root),
        options_(options),
        target_(root, destination, options),
        changes_(options.accept_changes),
        writer_(tree, selection.fingerprinted, options, changes_) {}

  Result<void> copy(const SelectedSource& source);
  Result<CopyOutcome> outcome() { return CopyOutcome{.changed = changes_.take()}; }
  bool must_stop() const { return changes_.fatal(); }

 private:
  Result<void> copy_file(const SelectedSource& source, const std::string& path);

  const SourceTree& tree_;
  const int root_;
  const CopyOptions& options_;
  const CopyTarget target_;
  CopyChanges changes_;
  const EntryWriter writer_;
};

Result<void> Copy::copy(const SelectedSource& source) {
  const bool may_be_archive =
      options_.unpack && !source.text && source.file.type == oci::EntryType::regular && !source.file.socket;
  if (may_be_archive && MBUILD_TRY(unpack_if_archive(tree_, source, root_, target_, options_, changes_)))
    return {};
  const std::string path = MBUILD_TRY(target_.place(source));
  if (!source.file.is_directory()) return copy_file(source, path);
  return copy_contents(tree_, source, root_, path, options_, writer_, changes_);
}

Result<void> Copy::copy_file(const SelectedSource& source, const std::string& path) {
  constexpr int kFlags = O_RDONLY | O_DIRECTORY;
  const std::string parent(directory_of(path));
  const std::string name(name_of_path(path));
  const Fd to_fd = MBUILD_TRY(fs_at::open(root_, parent, kFlags, fs_at::Links::refuse));
  const CopyDirectory to{.fd = to_fd.get(), .path = parent};
  if (source.text) return writer_.write_text(source, to, name);
  const Fd from_fd = MBUILD_TRY(fs_at::open(tree_.root, source.directory, kFlags, fs_at::Links::refuse));
  return writer_.write({.fd = from_fd.get(), .path = source.directory}, source.file, to, name);
}

}  // namespace

Result<CopyOutcome> copy_files(const SourceTree& tree, const Selection& selection, int root,
                               std::string_view destination, const CopyOptions& options) {
  if (!selection.fingerprinted && !tree.immutable) {
    return fail(ErrorKind::internal, "copy: the selection was not fingerprinted");
  }
  Copy copy(tree, selection, root, destination, options);
  for (const SelectedSource& source : selection.sources) {
    MBUILD_CHECK(copy.copy(source));
    if (copy.must_stop()) break;
  }
  return copy.outcome();
}

}  // namespace mbuild::builder
