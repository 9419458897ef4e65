// COPY and ADD: files of a context, a stage or an image become a layer.
#include <fmt/format.h>

#include "builder/context/fingerprint.h"
#include "builder/context/selection.h"
#include "builder/exec/copy_engine.h"
#include "builder/exec/step.h"
#include "builder/exec/step_cache.h"
#include "builder/exec/user_lookup.h"

namespace mbuild::builder {

namespace {

// A file that goes on changing while it is copied is given up on after this many tries.
constexpr int kTries = 3;

// Where the files are: open as long as it lives.
struct CopySource {
  SourceTree tree;
  std::unique_ptr<TreeView> view;  // of a stage or an image
  std::shared_ptr<LocalContext> context;
};

Result<CopySource> open_source(const Step& step, const CopyOp& op) {
  CopySource source;
  if (!op.from) return source;
  const OpValue& value = step.values[*op.from];
  if (value.context) {
    source.context = value.context;
    source.tree = value.context->tree();
    return source;
  }
  LayerChain chain = MBUILD_TRY(step.materialise(value.tree));
  source.view = MBUILD_TRY(step.services.snapshots.view(chain));
  source.tree.root = source.view->root();
  source.tree.ownership = Ownership::keep;
  source.tree.immutable = true;
  return source;
}

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
    // A copy between stages is known by what the stages are, before any of their files is looked at.
    std::optional<oci::Digest> stage_key = key_of_stages();
    if (stage_key)
      if (std::optional<Tree> reused = MBUILD_TRY(cache_.reuse(*stage_key))) return std::move(*reused);

    CopySource source = MBUILD_TRY(open_source(step_, op_));
    for (int attempt = 1;; ++attempt) {
      Selection selection = MBUILD_TRY(select_files(source.tree));
      KeyInputs inputs = inputs_of(MBUILD_TRY(fingerprint(source.tree, selection)));
      if (std::optional<Tree> reused = MBUILD_TRY(cache_.reuse(inputs))) {
        if (stage_key) cache_.link(*stage_key, *reused);
        return std::move(*reused);
      }
      std::vector<std::string> changed;
      std::optional<CommittedLayer> committed = MBUILD_TRY(copy(source.tree, selection, changed));
      if (committed) return cache_.keep(inputs, *committed, stage_key);
      if (attempt == kTries)
        return std::unexpected(
            Error(ErrorKind::io, fmt::format("{} goes on changing while it is copied", changed.front()))
                .with_hint("build when nothing writes to the build context"));
    }
  }

 private:
  KeyInputs common_inputs() const {
    KeyInputs inputs = definition_;
    // --link makes the layer independent of what it lands on.
    if (!links_) inputs.add("files below", base_.fingerprint());
    return inputs;
  }

  std::optional<oci::Digest> key_of_stages() const {
    if (!op_.from || step_.values[*op_.from].context) return std::nullopt;
    KeyInputs inputs = common_inputs();
    for (const std::string& source : op_.sources) inputs.add("source", source);
    for (const std::string& pattern : op_.exclude) inputs.add("--exclude", pattern);
    inputs.add("files copied from", step_.tree(*op_.from).fingerprint());
    return inputs.digest();
  }

  KeyInputs inputs_of(const oci::Digest& content) const {
    KeyInputs inputs = common_inputs();
    inputs.add("files copied", content);
    return inputs;
  }

  Result<Selection> select_files(const SourceTree& tree) const {
    Selection selection;
    if (op_.from) selection = MBUILD_TRY(select(tree, {op_.sources, op_.exclude, op_.parents}));
    for (const InlineFile& file : op_.inline_files) add_text(selection, file.name, file.text);
    return selection;
  }

  // nullopt when files changed on the way, `changed` naming them.
  Result<std::optional<CommittedLayer>> copy(const SourceTree& tree, const Selection& selection,
                                             std::vector<std::string>& changed) {
    CommitOptions commit{.definition = definition_.digest(), .started = std::chrono::system_clock::now()};
    LayerChain chain;
    if (!links_) chain = MBUILD_TRY(step_.materialise(base_));
    std::unique_ptr<Workspace> workspace = MBUILD_TRY(step_.services.snapshots.prepare(chain));
    CopyOptions options = MBUILD_TRY(options_for(workspace->root()));
    CopyOutcome outcome =
        MBUILD_TRY(copy_files(tree, selection, workspace->root(), op_.destination, options));
    changed = std::move(outcome.changed);
    if (!changed.empty()) return std::nullopt;
    return MBUILD_TRY(workspace->commit(commit));
  }

  Result<CopyOptions> options_for(int root) {
    CopyOptions options;
    options.unpack = op_.add && op_.unpack.value_or(true);
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
