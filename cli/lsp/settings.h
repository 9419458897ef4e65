// Settings: what the client's configuration says of builds and checks.
#pragma once

#include <boost/json/fwd.hpp>

#include <string>
#include <vector>

#include "parser/format.h"
#include "parser/language/analysis.h"

namespace mbuild::cli::lsp {

// The section "mbuild": {"buildArgs": {NAME: VALUE}, "target": STAGE, "buildContexts": {NAME: SOURCE},
// "context": FOLDER, "rules": [RULE...], "indent": N, "hints": bool, "lenses": bool}.
struct Settings {
  parser::language::AnalysisOptions analysis;
  parser::FormatOptions format;
  std::string context;                 // absolute or relative to the Dockerfile; empty: its folder
  std::vector<std::string> arguments;  // of builds: --build-arg, --build-context
  bool hints = true;
  bool lenses = true;
};

// What is missing or of another type counts as not given.
Settings read_settings(const boost::json::value& section);

}  // namespace mbuild::cli::lsp
