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

#pragma GCC visibility push(default)

namespace mbuild::parser {

// Where `FROM`, `COPY --from` or `RUN --mount=from=` gets its files.
struct StageReference {
  enum class Kind {
    scratch,
    stage,          // an earlier stage of this file: `stage`
    named_context,  // given by --build-context: `name`
    image,          // anything else: `name`
  };
  enum class Use { base, copy, mount };
  Kind kind = Kind::image;
  std::size_t stage = 0;
  std::string name;
  Range range;
  Use use = Use::base;
};

struct Stage {
  std::size_t index = 0;
  std::string name;                              // lower case; empty when FROM has no AS
  Range range;                                   // the FROM line up to the next FROM
  const Instruction* from = nullptr;             // owned by the Dockerfile
  std::vector<const Instruction*> instructions;  // after FROM
  StageReference base;                           // of FROM, after expansion
  std::string platform;                          // of --platform, after expansion; empty when not given
  std::string description;                       // comment above FROM that begins with the stage's name
  // The base and every COPY --from and mount from=, in order of use. ONBUILD triggers of a base stage in this
  // file count, as they run here; their ranges are then those of the ONBUILD instruction.
  std::vector<StageReference> dependencies;
  // A named context of the stage's name replaces it, and is its base: its own instructions do not count.
  bool overridden = false;

  const FromInstruction& from_instruction() const { return std::get<FromInstruction>(from->body); }
  // "build", or "stage-2" for one without a name: what messages and progress call it.
  std::string display_name() const { return name.empty() ? "stage-" + std::to_string(index) : name; }
};

struct StageOptions {
  std::string target;                                // empty: the last stage
  std::map<std::string, std::string> build_args;     // --build-arg
  std::map<std::string, std::string> platform_args;  // TARGETPLATFORM, BUILDARCH, ... (SEMANTICS A7)
  // Names given by --build-context: "name", or "name::platform", which is preferred for a stage of that
  // platform.
  std::vector<std::string> named_contexts;
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

// `dockerfile` must outlive the graph, which points into it. Pure; takes time linear in the number of stages
// and references. TARGETSTAGE is added to the platform ARGs when missing. What is wrong with a stage that the
// target does not need is reported too, but as a warning where a build would not notice.
StageResult resolve_stages(const Dockerfile& dockerfile, const StageOptions& options);

// Who names a stage: only COPY may do so by index.
enum class ReferenceKind { copy, mount };

// How `--from=NAME` of an instruction in stage `current` resolves: an index, a stage (lower-cased), a named
// context, or an image. For references that only an image's ONBUILD trigger brings; those of the file are in
// Stage::dependencies. nullopt after reporting why there is none.
std::optional<StageReference> resolve_copy_source(const StageGraph& graph, std::size_t current,
                                                  const Word& from, const StageOptions& options,
                                                  std::vector<Diagnostic>& diagnostics,
                                                  ReferenceKind kind = ReferenceKind::copy);

// The platform ARGs with which a caller that knows no better (an editor, `check`) looks at a file:
// linux/amd64.
std::map<std::string, std::string> default_platform_args();

}  // namespace mbuild::parser

#pragma GCC visibility pop
