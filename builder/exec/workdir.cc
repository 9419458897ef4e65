// WORKDIR: a directory that is made when it is missing.
#include "builder/context/make_path.h"
#include "builder/context/rooted_path.h"
#include "builder/exec/step.h"
#include "builder/exec/step_cache.h"
#include "builder/exec/user_lookup.h"

namespace mbuild::builder {

namespace {

constexpr std::uint32_t kDirectoryMode = 0755;

// Who owns it is read as --chown reads it (BuildKit's dispatchWorkdir), not as a process would run.
Result<void> make_directory(int root, const WorkdirOp& op) {
  RootedPath path = MBUILD_TRY(resolve_in_root(root, op.path));
  Owner owner{0, 0};
  if (!op.user.empty()) {
    UserDatabase users = MBUILD_TRY(UserDatabase::read(root));
    owner = MBUILD_TRY(resolve_chown(op.user, &users)).owner;
  }
  return make_path(root, path.path, kDirectoryMode, owner);
}

}  // namespace

Result<Tree> execute_workdir(Step& step, const WorkdirOp& op) {
  const Tree& base = step.tree(op.rootfs);
  StepCache cache(step, base);
  KeyInputs definition = definition_of(step.op);
  KeyInputs inputs = definition;
  inputs.add(std::string(kFilesBelow), base.fingerprint());
  if (std::optional<Tree> reused = MBUILD_TRY(cache.reuse(inputs))) return std::move(*reused);

  CommitOptions commit{.definition = definition.digest(), .started = std::chrono::system_clock::now()};
  std::unique_ptr<Workspace> workspace =
      MBUILD_TRY(step.services.snapshots.prepare(MBUILD_TRY(step.materialise(base))));
  MBUILD_CHECK_AS("WORKDIR " + op.path, make_directory(workspace->root(), op));
  return cache.keep(inputs, MBUILD_TRY(workspace->commit(commit)));
}

}  // namespace mbuild::builder
