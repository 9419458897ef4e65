// RunMounts: the `--mount`s of one RUN, from what the Dockerfile says to what the sandbox mounts.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "builder/context/selection.h"
#include "builder/exec/ssh_agent.h"
#include "builder/exec/step.h"
#include "builder/plan/key.h"
#include "builder/sandbox/spec.h"
#include "builder/snapshot/work_area.h"

namespace mbuild::builder {

// A read-only file with this content, seen by the step and never part of its layer.
SandboxMount data_mount(std::string target, std::string data, std::uint32_t mode);

// Owns everything that is mounted until it is destroyed.
class RunMounts {
 public:
  RunMounts(const Step& step, const RunOp& op) : step_(step), op_(op) {}

  // What of the mounts the key must see: the content of what is mounted or copied from elsewhere. Caches,
  // secrets and ssh agents are part of the definition by id (SEMANTICS C2).
  Result<KeyInputs> key_inputs();

  // The files of bind mounts from build contexts one by one. After key_inputs().
  NamedInputs files() const;

  // Fetches, views and locks what the step needs. Waits for locked caches. After key_inputs().
  Result<void> open();
  const std::vector<SandboxMount>& mounts() const { return mounts_; }
  const std::vector<std::string>& environment() const { return environment_; }  // "NAME=value"

 private:
  // Where a mount's files come from: a context's files as they were selected, or a tree.
  struct Files {
    SourceTree tree;
    Selection selection;
    std::unique_ptr<TreeView> view;
    std::string identity;
  };

  Result<void> select(const RunMount& mount, Files& files) const;
  Result<void> open_mount(const RunMount& mount);
  Result<void> open_bind(const RunMount& mount);
  Result<void> open_tmpfs(const RunMount& mount);
  Result<void> open_secret(const RunMount& mount);
  Result<void> open_ssh(const RunMount& mount);
  // run_cache_mounts.cc
  Result<void> lease_caches();
  Result<MountLease> lease(const RunMount& mount);
  Result<void> fill_cache(const RunMount& mount, int directory);
  Result<void> restore_cache(const CacheImport::MountHit& kept, int directory,
                             const std::function<Result<void>(int)>& otherwise);
  MountCacheKey cache_key(const RunMount& mount) const;
  Result<void> open_cache(const RunMount& mount);

  Result<void> bind_beneath(int root, const std::string& path, const RunMount& mount);
  Result<void> bind_copy(const RunMount& mount, const Files& files);
  Result<int> work_folder();

  const Step& step_;
  const RunOp& op_;
  std::map<const RunMount*, Files> files_;  // of mounts with a `from`
  std::vector<SandboxMount> mounts_;
  std::vector<std::string> environment_;
  std::vector<std::unique_ptr<TreeView>> views_;
  std::vector<std::unique_ptr<Workspace>> scratch_;  // what is written there is thrown away
  std::map<std::string, MountLease> leases_;         // of caches, by what tells them apart
  std::optional<WorkFolder> work_;                   // of agents' sockets
  std::vector<SshAgentProxy> agents_;
  std::vector<Fd> fds_;
};

}  // namespace mbuild::builder
