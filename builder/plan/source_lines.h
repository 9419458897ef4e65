// A range of a Dockerfile as the lines that errors and events name.
#pragma once

#include "parser/source.h"
#include "registry/base/result.h"

namespace mbuild::builder {

// Both ends of the range.
inline SourceLines lines_of(const parser::Source& source, parser::Range range) {
  return {source.name(), source.line_of(range.begin),
          source.line_of(range.empty() ? range.begin : range.end - 1)};
}

}  // namespace mbuild::builder
