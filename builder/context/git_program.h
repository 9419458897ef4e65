// GitProgram: the host's `git`, run so that neither a repository nor the host's configuration decides what it
// does.
//
// git itself rather than libgit2: Debian 12's libgit2 1.5 has no shallow fetch and no SHA-256 repositories,
// and its ssh knows no known_hosts. The program is the host's, found in this process's $PATH, never one of a
// root file system that is being built.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "registry/base/result.h"
#include "registry/remote/cancel.h"
#include "registry/remote/environment.h"

namespace mbuild::builder {

struct GitSettings {
  // "Authorization: ..." for requests to `authorized_origin` ("https://host/") alone; empty: none.
  std::string authorization;
  std::string authorized_origin;
  std::string ssh_socket;                                         // of the agent that ssh asks; empty: none
  remote::Environment environment = remote::process_environment;  // PATH, proxies, certificates
  remote::CancelFlag cancel;
};

// The whole environment of git, "NAME=value": no configuration of the system or the user, no prompts, no
// hooks, no protocol but http, https, git and ssh (which forbids ext:: and file:// in submodules), ssh with
// known hosts only. Credentials are given here, never as an argument.
std::vector<std::string> git_environment(const GitSettings& settings);

// Thread-safe.
class GitProgram {
 public:
  explicit GitProgram(GitSettings settings) : settings_(std::move(settings)) {}

  // Runs `git ARGUMENTS...` in `folder` (empty: nowhere in particular) and gives what it printed. A failure
  // says what git said, with control characters and passwords taken out: `not_found` for repositories and
  // refs that are not there, `unauthorized`, and else `unavailable`; `unsupported` when there is no git.
  Result<std::string> run(const std::string& folder, std::vector<std::string> arguments) const;

 private:
  GitSettings settings_;
};

}  // namespace mbuild::builder
