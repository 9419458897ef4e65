// COPY and ADD: files of a context, a stage or an image become a layer.
#include <fmt/format.h>

#include "builder/exec/copy_archive.h"
#include "builder/exec/copy_engine.h"
#include "builder/exec/copy_parts.h"
#include "builder/exec/step.h"
#include "builder/exec/step_cache.h"
#include "builder/exec/user_lookup.h"

namespace mbuild::builder {

namespace {

// After this many tries, files that go on changing are taken as they are found.
constexpr int kTries = 3;

class CopyStep {
 public:
  CopyStep(Step& step, const CopyOp& op)
      : step_(step),
        op_(op),
        base_(step.tree(op.rootfs)),
        cache_(step, base_),
        definition_(definition_of(step.op)),
        links_(op.link && op.chmod.empty()) {}

  Result<Tree> run() {
    // A copy between stages, or of a commit or a download, is known before any of its files is looked at.
    std::optional<oci::Digest> known_key = MBUILD_TRY(key_of_versions());
    if (known_key)
      if (std::optional<Tree> reused = MBUILD_TRY(cache_.reuse(*known_key))) return std::move(*reused);

    CopyParts parts(step_, op_);
    MBUILD_CHECK(parts.open());
    for (int attempt = 1;; ++attempt) {
      const bool last = attempt == kTries;
      Result<void> selected = parts.select();
      if (!selected) {
        // It may have been there when its directory was listed; listing again tells.
        const bool may_be_back = selected.error().kind() == ErrorKind::not_found && parts.mutable_sources();
        if (may_be_back && !last) continue;
        return std::unexpected(std::move(selected).error());
      }
      KeyInputs inputs = common_inputs();
      inputs.append(MBUILD_TRY(parts.inputs()));
      const NamedInputs files = parts.files();
      if (std::optional<Tree> reused = MBUILD_TRY(cache_.reuse(inputs, files))) {
        if (known_key) cache_.link(*known_key, *reused);
        return std::move(*reused);
      }
      std::vector<std::string> changed;
      std::optional<CommittedLayer> committed = MBUILD_TRY(copy(parts, last, changed));
      if (!committed) continue;
      if (changed.empty()) return cache_.keep(inputs, *committed, files, known_key);
      warn_of(changed.front());
      return cache_.use(*committed);
    }
  }

 private:
  KeyInputs common_inputs() const {
    KeyInputs inputs = definition_;
    // --link makes the layer independent of what it lands on.
    if (!links_) inputs.add(std::string(kFilesBelow), base_.fingerprint());
    return inputs;
  }

  Result<std::optional<oci::Digest>> key_of_versions() const {
    std::optional<KeyInputs> known = MBUILD_TRY(known_inputs(step_, op_));
    if (!known) return std::nullopt;
    KeyInputs inputs = common_inputs();
    inputs.append(*known);
    return inputs.digest();
  }

  // nullopt when files changed on the way, `changed` naming them, and that is not accepted.
  Result<std::optional<CommittedLayer>> copy(const CopyParts& parts, bool accept_changes,
                                             std::vector<std::string>& changed) {
    CommitOptions commit{.definition = definition_.digest(), .started = std::chrono::system_clock::now()};
    LayerChain chain;
    if (!links_) chain = MBUILD_TRY(step_.materialise(base_));
    if (!accept_changes && is_worth_an_archive(parts.parts(), step_.services.layers)) {
      ArchivedCopy archived = MBUILD_TRY(copy_into_archive(parts.parts().front(), chain, commit));
      changed = std::move(archived.changed);
      if (archived.committed.layer) return std::move(archived.committed);
      if (archived.possible) return std::nullopt;
    }
    std::unique_ptr<Workspace> workspace = MBUILD_TRY(step_.services.snapshots.prepare(chain));
    CopyOptions options = MBUILD_TRY(options_for(workspace->root()));
    options.accept_changes = accept_changes;
    for (const CopyPart& part : parts.parts()) {
      options.unpack = part.unpack;
      CopyOutcome outcome =
          MBUILD_TRY(copy_files(part.tree, part.selection, workspace->root(), op_.destination, options));
      changed.insert(changed.end(), outcome.changed.begin(), outcome.changed.end());
      if (!changed.empty() && !accept_changes) return std::nullopt;
    }
    return MBUILD_TRY(workspace->commit(commit));
  }

  Result<ArchivedCopy> copy_into_archive(const CopyPart& part, const LayerChain& chain,
                                         const CommitOptions& commit) {
    const std::unique_ptr<TreeView> below = MBUILD_TRY(step_.services.snapshots.view(chain));
    const CopyOptions options = MBUILD_TRY(options_for(below->root()));
    return copy_to_archive(step_.services.layers, part, below->root(), op_.destination, options, commit,
                           cache_.earlier_layer());
  }

  void warn_of(const std::string& path) {
    step_.services.events.emit(Notice{
        Notice::Level::warning, "",
        fmt::format("/{} goes on changing while it is copied: it was taken as it was found, and this step is "
                    "not cached",
                    path),
        step_.op.source});
  }

  Result<CopyOptions> options_for(int root) {
    CopyOptions options;
    options.unpacked_limit = step_.services.unpacked_limit;
    if (!op_.chmod.empty()) options.chmod = MBUILD_TRY(ChmodMode::parse(op_.chmod));
    if (op_.chown.empty()) return options;
    std::optional<UserDatabase> users;
    if (!links_ && chown_needs_users(op_.chown)) users = MBUILD_TRY(UserDatabase::read(root));
    ResolvedChown chown = MBUILD_TRY(resolve_chown(op_.chown, users ? &*users : nullptr));
    for (const std::string& name : chown.unknown)
      step_.services.events.emit(
          Notice{Notice::Level::warning, "",
                 fmt::format("--chown={}: {} is unknown in this image; {} is used", op_.chown, name,
                             name.starts_with("group") ? "the user's own group" : "0"),
                 step_.op.source});
    options.chown = chown.owner;
    return options;
  }

  Step& step_;
  const CopyOp& op_;
  const Tree& base_;
  StepCache cache_;
  KeyInputs definition_;
  bool links_;
};

}  // namespace

Result<Tree> execute_copy(Step& step, const CopyOp& op) {
  return CopyStep(step, op).run();
}

}  // namespace mbuild::builder
