// SourceTree: where COPY, ADD and bind mounts take files from.
#pragma once

#include "parser/ignore_file.h"

namespace mbuild::builder {

class StatIndex;

enum class Ownership {
  root,  // everything belongs to 0:0: a build context (SEMANTICS A9)
  keep,  // files keep their owners: a stage, an image
};

// A view, cheap to copy. Whoever uses it never opens anything outside `root`.
struct SourceTree {
  int root = -1;                  // a directory descriptor, borrowed
  parser::PatternMatcher ignore;  // what it matches is not there; by default nothing
  Ownership ownership = Ownership::root;
  StatIndex* index = nullptr;  // what earlier builds knew of the files, borrowed; null: nothing
  bool immutable = false;      // nobody writes to it while we read, so there is nothing to check
};

}  // namespace mbuild::builder
