// kaniko's contexts on servers, as mbuild's URLs.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "registry/base/result.h"

namespace mbuild::cli {

using VariableLookup = std::function<std::optional<std::string>(const std::string& name)>;

struct KanikoRemoteContext {
  std::string url;  // as BuildRequest::context_url
  // Of a repository: what the server at `host` is sent as Authorization; empty: nothing.
  std::string host, authorization;
};

// `context` is --context, `sub_path` --context-sub-path, `git` what --git gives: branch=NAME,
// single-branch=BOOL, recurse-submodules=BOOL. nullopt for a context on this machine.
//   git://HOST/PATH[#REF[#COMMIT]]  a repository, asked by https or as $GIT_PULL_METHOD says, with
//   $GIT_TOKEN,
//                                   else $GIT_USERNAME and $GIT_PASSWORD; its .git is part of the context
//   https://..., http://...         an archive
// (kaniko pkg/buildcontext/git.go, https.go.) Contexts of other kinds are `invalid_input`, by name.
Result<std::optional<KanikoRemoteContext>> remote_context(const std::string& context,
                                                          const std::string& sub_path,
                                                          const std::vector<std::string>& git,
                                                          const VariableLookup& environment);

}  // namespace mbuild::cli
