// Which frontend a file asks for by `# syntax=` (SEMANTICS A1).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "parser/diagnostic.h"

#pragma GCC visibility push(default)

namespace mbuild::parser {

struct Frontend {
  std::string image;  // the first word of the directive's value
  Range range;        // the value; empty when it came from BUILDKIT_SYNTAX

  // This parser is it: docker/dockerfile and docker/dockerfile-upstream in any version, and dockerfile.v0.
  bool is_built_in() const;
  // A version whose tag ends in "labs", with features that others have not.
  bool is_labs() const;
};

// Laxer than the parser, as upstream's detection is: the directive may follow a shebang line, and may be
// written with `//`, as a file in some other language has it. `override_image` is the value of --build-arg
// BUILDKIT_SYNTAX, and wins. (A file that is one JSON object with a key "syntax" is no Dockerfile, and not
// looked into.)
std::optional<Frontend> find_frontend(const Source& source,
                                      const std::optional<std::string>& override_image = {});

// An error when the file asks for a frontend that is not built in: an image to be run, which this is not able
// to.
std::vector<Diagnostic> check_frontend(const Source& source,
                                       const std::optional<std::string>& override_image = {});

}  // namespace mbuild::parser

#pragma GCC visibility pop
