// The main build context and the Dockerfile in it, wherever they come from.
#pragma once

#include "builder/build.h"
#include "builder/exec/services.h"
#include "parser/source.h"
#include "registry/base/fd.h"

namespace mbuild::builder {

struct LoadedContext {
  parser::Source dockerfile;
  std::string location;  // as ContextOp has it; empty: no context
  MainContext context;
  Fd dockerfile_directory;  // what `context` borrows
};

// Fetches a context that is no directory, and reads the Dockerfile (SEMANTICS A1, A9). A stream or download
// that is no archive is the Dockerfile itself. Nothing of a directory but the Dockerfile is looked at.
Result<LoadedContext> load_context(const BuildRequest& request, SourceFetcher& fetcher);

}  // namespace mbuild::builder
