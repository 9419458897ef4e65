// Selection: the files that one COPY, ADD or bind mount uses, found and described.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "builder/context/source_file.h"
#include "builder/context/source_tree.h"
#include "registry/base/result.h"

namespace mbuild::builder {

struct SelectRequest {
  std::vector<std::string> sources;  // patterns, as expanded from the Dockerfile
  std::vector<std::string> exclude;  // --exclude, each relative to every directory that is copied
  bool parents = false;              // --parents
};

// One source: a file, or a directory whose contents are meant (SEMANTICS A11, "Directories").
struct SelectedSource {
  std::string name;       // the last component of the path as it was named; what a file lands as
  std::string directory;  // where the file really lies, below the tree's root; for a directory, itself
  SourceFile file;
  std::optional<std::string> text;  // a file given in place: its content; such a file lies nowhere
};

struct Selection {
  std::vector<SelectedSource> sources;  // in the order in which they are copied
  bool fingerprinted = false;           // contents and xattrs are filled in: see fingerprint.h
};

// Finds the files, at the cost of one stat each. Bad patterns and missing sources are errors that name them.
// A source that matches nothing adds nothing.
Result<Selection> select(const SourceTree& tree, const SelectRequest& request, unsigned threads = 0);

// The same for one path that is no pattern: a bind mount's source, a download, a repository.
Result<Selection> select_path(const SourceTree& tree, std::string_view path,
                              const std::vector<std::string>& exclude = {}, unsigned threads = 0);

// Adds a heredoc source: a file of mode 0644 that belongs to 0:0 (SEMANTICS A5).
void add_text(Selection& selection, std::string name, std::string text);

}  // namespace mbuild::builder
