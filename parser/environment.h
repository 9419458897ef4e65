// BuildEnvironment: the variables that ENV and ARG have set at one point of a stage (SEMANTICS A7).
#pragma once

#include <expected>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "parser/ast.h"
#include "parser/expand.h"

#pragma GCC visibility push(default)

namespace mbuild::parser {

using Variables = std::map<std::string, std::string, std::less<>>;

// HTTP_PROXY and the like, in either case: every RUN gets them from --build-arg without an ARG, outside of
// the environment, the cache key and the history (moby: llb.ProxyEnv).
bool is_proxy_variable(std::string_view name);

// What one name of an ENV or ARG came to: both parts after expansion. A value is absent where an ARG stays
// unset.
struct Assignment {
  std::string name;
  std::optional<std::string> value;
};
using Assignments = std::vector<Assignment>;

// An expansion that failed, with the word that holds it; `error.offset` counts in that word's text.
struct EnvironmentError {
  const Word* word = nullptr;  // points into the instruction
  ExpandError error;
};

// A value type: `FROM stage` copies its parent's. ENV and ARG share one environment, in which the last writer
// wins; that an ARG can hide an ENV is upstream's behaviour, whatever its documentation says. What becomes
// part of the image's config is the caller's business, who gets each instruction's assignments.
//
//   BuildEnvironment environment(options.build_args, graph.global_values);
//   environment.set("PATH", "/usr/bin");                      // the base image's config
//   auto assigned = environment.apply(env_instruction, escape, unset);
//   auto path = expand(word.text, environment.lookup(), {.escape = escape});
class BuildEnvironment {
 public:
  // `build_args` are the values of --build-arg; `global_values` those of ARGs before the first FROM and of
  // the platform ARGs (StageGraph::global_values). Both must outlive this and its copies.
  BuildEnvironment(const std::map<std::string, std::string>& build_args,
                   const std::map<std::string, std::string>& global_values)
      : build_args_(&build_args), global_values_(&global_values) {}

  void set(std::string name, std::string value);

  // Applies an ENV. All its words see the environment as it was before the instruction. Names in `unset` are
  // added when used without being set.
  std::expected<Assignments, EnvironmentError> apply(const EnvInstruction& env, char escape,
                                                     std::vector<std::string>& unset);

  // Applies an ARG of a stage, its arguments one after the other. The value is that of --build-arg; else the
  // default, which is not looked at before; else, for an argument without a default, that of the global ARG;
  // else none: the argument is declared but not set. Names are not expanded.
  std::expected<Assignments, EnvironmentError> apply(const ArgInstruction& arg, char escape,
                                                     std::vector<std::string>& unset);

  std::optional<std::string> get(std::string_view name) const;

  // For expand(). Refers to this, which must stay where it is while the result is used.
  VariableLookup lookup() const;

  // What a RUN sees of ENV and ARG, by name.
  const Variables& variables() const { return variables_; }

  // Whether an ARG of the stage or of a stage it is from names it, set or not.
  bool is_declared(std::string_view name) const;

  // The declared ARGs in order of their first declaration with the value each has now, empty if unset; an ENV
  // of the same name counts. What `RUN |N name=value ...` lists in the history (moby: runCommandString).
  std::vector<std::pair<std::string, std::string>> arguments() const;

 private:
  void declare(const Assignment& assignment);

  const std::map<std::string, std::string>* build_args_;
  const std::map<std::string, std::string>* global_values_;
  Variables variables_;
  std::vector<Assignment> declared_;  // by first declaration, with the latest value
  std::map<std::string, std::size_t, std::less<>> declared_index_;
};

// The values that ARGs before the first FROM come to. `values` holds the platform ARGs and takes the results;
// a later argument, also of the same instruction, sees the earlier ones, and without any value a name keeps
// the one it has (moby: buildMetaArgs).
std::expected<void, EnvironmentError> apply_global(const ArgInstruction& arg, char escape,
                                                   const std::map<std::string, std::string>& build_args,
                                                   std::map<std::string, std::string>& values,
                                                   std::vector<std::string>& unset);

}  // namespace mbuild::parser

#pragma GCC visibility pop
