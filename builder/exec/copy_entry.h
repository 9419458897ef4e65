// EntryWriter: makes one file of a copy.
#pragma once

#include <cerrno>
#include <string>

#include "builder/context/selection.h"
#include "builder/exec/copy_changes.h"
#include "builder/exec/copy_options.h"
#include "registry/base/fd.h"
#include "registry/base/result.h"

namespace mbuild::builder {

// A directory that is being read from or written to, and its path for messages.
struct CopyDirectory {
  int fd = -1;  // borrowed
  const std::string& path;
};

// Thread-safe. Everything given to the constructor is borrowed.
class EntryWriter {
 public:
  EntryWriter(const SourceTree& tree, bool fingerprinted, const CopyOptions& options, CopyChanges& changes)
      : tree_(tree), fingerprinted_(fingerprinted), options_(options), changes_(changes) {}

  // `file` of `from`, which is no directory and no hardlink, as `name` in `to`.
  Result<void> write(const CopyDirectory& from, const SourceFile& file, const CopyDirectory& to,
                     const std::string& name) const;

  // A file whose content is given.
  Result<void> write_text(const SelectedSource& source, const CopyDirectory& to,
                          const std::string& name) const;

 private:
  Result<void> write_regular(const CopyDirectory& from, const SourceFile& file, const CopyDirectory& to,
                             const std::string& name) const;
  Result<void> write_link(const SourceFile& file, const CopyDirectory& to, const std::string& name) const;
  Result<void> write_node(const SourceFile& file, const CopyDirectory& to, const std::string& name) const;
  Result<bool> copy_content(int in, int out, const SourceFile& file) const;
  Result<SourceFile> copy_anew(int in, int out, const SourceFile& file) const;

  const SourceTree& tree_;
  const bool fingerprinted_;
  const CopyOptions& options_;
  CopyChanges& changes_;
};

// `error` (an errno) is what came of making `name`: removes the file or link that has the name, if that is
// the reason, and fails otherwise; `invalid_input` in BuildKit's words when a directory has it.
Result<void> make_room(const CopyDirectory& to, const std::string& name, int error);

// Runs `make`, which gives 0 or sets errno, and once more when the name was taken.
template <class Make>
Result<void> make_entry(const CopyDirectory& to, const std::string& name, const Make& make) {
  if (make() == 0) return {};
  MBUILD_CHECK(make_room(to, name, errno));
  if (make() == 0) return {};
  return fail_errno(errno, "create /" + to.path + "/" + name);
}

}  // namespace mbuild::builder
