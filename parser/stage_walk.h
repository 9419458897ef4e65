// walk_stages(): every instruction of every stage with what is known before it runs.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "parser/environment.h"
#include "parser/stages.h"

#pragma GCC visibility push(default)

namespace mbuild::parser {

// What a stage has inherited and set so far.
struct StageState {
  BuildEnvironment environment;
  // False when the variables of an image that the stage is built on are not known.
  bool environment_known = true;
  bool workdir_set = false;       // by a WORKDIR of this file
  std::string workdir = "/";      // empty when it depends on what is not known
  std::string shell = "/bin/sh";  // the program of SHELL
  bool pipefail = false;          // SHELL sets it
  // Where COPY and ADD of this file have put something, as absolute paths.
  struct Copied {
    std::string path;
    const Instruction* instruction;
    bool operator==(const Copied&) const = default;
  };
  std::vector<Copied> copied = {};

  // `path` from here on, made absolute; empty when it depends on what is not known.
  std::string absolute(std::string_view path) const;
};

struct WalkStep {
  const Stage& stage;
  const Instruction& instruction;
  // Before the instruction; of ENV and ARG, after it.
  const StageState& state;
  // Of ENV and ARG: the names used without being set.
  const std::vector<std::string>& unset;
};

// The environment in the config of an image or named context that stages are from; nullopt when it is not
// known.
using BaseEnvironment = std::function<std::optional<Variables>(const StageReference&)>;

struct WalkInput {
  const Dockerfile& file;
  const StageGraph& graph;
  const std::map<std::string, std::string>& build_args;
  const BaseEnvironment& base_environment;
};

// Stages in order, each instruction after FROM. Takes time and memory linear in the file, however long a
// chain of stages is: a state that only one stage inherits is handed on, not copied.
void walk_stages(const WalkInput& input, const std::function<void(const WalkStep&)>& visit);

}  // namespace mbuild::parser

#pragma GCC visibility pop
