// StageGraph: which stages a Dockerfile has, how they depend on each other, and which a target needs.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "parser/ast.h"
#include "parser/diagnostic.h"

namespace mbuild::parser {

// Where `FROM`, `COPY --from` or `RUN --mount=from=` gets its files.
struct StageReference {
  enum class Kind {
    scratch,
    stage,          // an earlier stage of this file: `stage`
    named_context,  // given by --build-context: `name`
    image,          // anything else: `name`
  };
  Kind kind = Kind::image;
  std::size_t stage = 0;
  std::string name;
  Range range;
};

struct Stage {
  std::size_t index = 0;
  std::string name;         // lower case; empty when FROM has no AS
  Range range;              // the FROM line up to the next FROM
  const Instruction* from;  // owned by the Dockerfile
  std::vector<const Instruction*> instructions;  // after FROM
  StageReference base;                // of FROM, after expansion
  std::string platform;               // of --platform, after expansion; empty when not given
  std::string description;            // comment above FROM that begins with the stage's name
  std::vector<StageReference> dependencies;  // base and every COPY --from / mount from=, in order of use
  // A named context of the stage's name replaces it: its own instructions do not count.
  bool overridden = false;
};

struct StageOptions {
  std::string target;                                // empty: the last stage
  std::map<std::string, std::string> build_args;     // --build-arg
  std::map<std::string, std::string> platform_args;  // TARGETPLATFORM, BUILDARCH, ... (SEMANTICS A7)
  std::vector<std::string> named_contexts;           // names given by --build-context
};

struct StageGraph {
  std::vector<const Instruction*> global_args;  // ARG before the first FROM
  // Values of the global ARGs after build args, defaults and expansion, for FROM lines and as fallback of a
  // bare ARG inside a stage. A name without any value is absent.
  std::map<std::string, std::string> global_values;
  std::vector<Stage> stages;
  std::size_t target = 0;
  std::vector<std::size_t> needed;  // what the target depends on, itself included, in order of the file
};

struct StageResult {
  StageGraph graph;  // usable only when no diagnostic is an error
  std::vector<Diagnostic> diagnostics;

  bool ok() const;
};

// `dockerfile` must outlive the graph, which points into it. Pure.
StageResult resolve_stages(const Dockerfile& dockerfile, const StageOptions& options);

// How `--from=NAME` of an instruction in stage `current` resolves: an index, a stage (lower-cased), a named
// context, or an image. Also used for references that only an ONBUILD trigger brings.
std::optional<StageReference> resolve_copy_source(const StageGraph& graph, std::size_t current,
                                                  const Word& from, const StageOptions& options,
                                                  std::vector<Diagnostic>& diagnostics);

}  // namespace mbuild::parser
