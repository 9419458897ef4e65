// LocalContext: a directory of this machine as a build context.
#pragma once

#include <memory>
#include <string>

#include "builder/context/ignore_filter.h"
#include "builder/context/source_files.h"
#include "builder/context/stat_index.h"
#include "registry/base/fd.h"

namespace mbuild::builder {

struct LocalContextRequest {
  std::string directory;
  // Where the Dockerfile lies and what it is called, to find its ignore file; -1: it came as text.
  int dockerfile_directory = -1;
  std::string dockerfile;
  int index_folder = -1;  // the store's `contexts/`, borrowed for the context's life; -1: no stat index
};

// Owns what tree() refers to. Files are used where they are, never copied elsewhere first.
class LocalContext final : public SourceFiles {
 public:
  static Result<LocalContext> open(const LocalContextRequest& request);

  // Valid as long as this object is.
  SourceTree tree() const;
  const IgnoreFilter& ignore() const { return ignore_; }
  Result<std::string> version() override { return std::string(); }
  Result<SourceTree> open() override { return tree(); }
  Result<void> save_index() const override;

 private:
  Fd root_;
  IgnoreFilter ignore_;
  std::unique_ptr<StatIndex> index_;
};

}  // namespace mbuild::builder
