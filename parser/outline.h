// What a file offers: the targets one may build, and what a target takes (buildx: --call targets, --call
// outline).
#pragma once

#include <string>
#include <vector>

#include "parser/ast.h"
#include "parser/stages.h"

#pragma GCC visibility push(default)

namespace mbuild::parser {

struct TargetSummary {
  std::string name;  // empty for a stage without one
  bool is_default = false;
  std::string description;
  std::string base;      // as FROM has it
  std::string platform;  // as --platform has it
  Range range;           // the FROM instruction
};

// All stages, in order.
std::vector<TargetSummary> list_targets(const StageGraph& graph);

struct Outline {
  struct Argument {
    std::string name;
    std::string description;  // comment above its ARG that begins with the name
    std::string value;        // after --build-arg, default and expansion; empty when there is none
    Range range;              // the ARG instruction
    bool operator==(const Argument&) const = default;
  };
  // A secret or an SSH agent that some RUN mounts.
  struct Requirement {
    std::string name;
    bool required = false;  // by one of them
    Range range;            // the first RUN
    bool operator==(const Requirement&) const = default;
  };
  struct Cache {
    std::string id;
    Range range;
    bool operator==(const Cache&) const = default;
  };

  std::string name;  // of the target; empty when it has none
  std::string description;
  std::vector<Argument> arguments;  // by position
  std::vector<Requirement> secrets;
  std::vector<Requirement> ssh;
  std::vector<Cache> caches;
};

// What the graph's target takes, the stages that it needs included: the ARGs that these declare, the global
// ARGs that their FROMs and defaults use, and what their RUNs mount. Platform ARGs are not listed, as
// upstream.
Outline outline(const Dockerfile& dockerfile, const StageGraph& graph, const StageOptions& options);

// Columns for people, and JSON with buildx' names ({"targets": [...], "sources": [...]} and {"name": ...,
// "args": ...}); both end in a line break. A location has 1-based lines.
std::string to_text(const std::vector<TargetSummary>& targets);
std::string to_text(const Outline& outline);
std::string to_json(const std::vector<TargetSummary>& targets, const Source& source);
std::string to_json(const Outline& outline, const Source& source);

}  // namespace mbuild::parser

#pragma GCC visibility pop
