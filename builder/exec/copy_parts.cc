#include "builder/exec/copy_parts.h"

#include <fmt/format.h>

#include "builder/context/fingerprint.h"
#include "builder/exec/needed_layers.h"
#include "builder/exec/step_cache.h"

namespace mbuild::builder {

Result<std::optional<KeyInputs>> known_inputs(const Step& step, const CopyOp& op) {
  KeyInputs inputs;
  for (const CopySource& source : op.sources) {
    const OpValue& value = step.values[source.from];
    for (const std::string& path : source.paths) inputs.add("source", path);
    if (value.files) {
      std::string version = MBUILD_TRY(value.files->version());
      if (version.empty()) return std::nullopt;
      inputs.add("source version", std::move(version));
    } else {
      inputs.add("files copied from", value.tree.fingerprint());
    }
  }
  for (const std::string& pattern : op.exclude) inputs.add("--exclude", pattern);
  return op.sources.empty() ? std::nullopt : std::optional(std::move(inputs));
}

Result<CopyParts::Opened> CopyParts::open_source(const CopySource& source) {
  const OpValue& value = step_.values[source.from];
  Opened opened;
  if (value.files) {
    opened.files = value.files;
    opened.version = MBUILD_TRY(value.files->version());
    opened.tree = MBUILD_TRY(value.files->open());
    return opened;
  }
  // The directories above a file are copied too with --parents.
  LayerChain chain = MBUILD_TRY(op_.parents ? step_.materialise(value.tree)
                                            : needed_layers(step_, value.tree, source.paths));
  opened.view = MBUILD_TRY(step_.services.snapshots.view(chain));
  opened.tree.root = opened.view->root();
  opened.tree.ownership = Ownership::keep;
  opened.tree.immutable = true;
  return opened;
}

Result<void> CopyParts::open() {
  for (const CopySource& source : op_.sources) opened_.push_back(MBUILD_TRY(open_source(source)));
  return {};
}

Result<void> CopyParts::select() {
  parts_.clear();
  contents_.clear();
  for (std::size_t i = 0; i < op_.sources.size(); ++i) {
    const CopySource& source = op_.sources[i];
    CopyPart part;
    part.tree = opened_[i].tree;
    part.unpack = source.unpack;
    if (source.patterns) {
      part.selection = MBUILD_TRY(builder::select(part.tree, {source.paths, op_.exclude, op_.parents}));
    } else {
      part.selection = MBUILD_TRY(select_path(part.tree, source.paths.front(), op_.exclude));
    }
    if (opened_[i].version.empty()) contents_.push_back(MBUILD_TRY(fingerprint(part.tree, part.selection)));
    parts_.push_back(std::move(part));
  }
  if (op_.inline_files.empty()) return {};
  CopyPart inline_part;
  for (const InlineFile& file : op_.inline_files) add_text(inline_part.selection, file.name, file.text);
  inline_part.selection.fingerprinted = true;
  parts_.push_back(std::move(inline_part));
  return {};
}

Result<KeyInputs> CopyParts::inputs() const {
  KeyInputs inputs;
  std::size_t content = 0;
  for (std::size_t i = 0; i < op_.sources.size(); ++i) {
    if (opened_[i].version.empty()) {
      inputs.add(std::string(kContextFiles), contents_[content++]);
      continue;
    }
    inputs.add("source version", opened_[i].version);
    for (const std::string& path : op_.sources[i].paths) inputs.add("source", path);
    for (const std::string& pattern : op_.exclude) inputs.add("--exclude", pattern);
  }
  return inputs;
}

NamedInputs CopyParts::files() const {
  NamedInputs files;
  for (std::size_t i = 0; i < opened_.size(); ++i) {
    if (!opened_[i].version.empty()) continue;
    for (FileDigest& file : list_files(parts_[i].selection))
      files.emplace_back(std::move(file.path), file.digest.hex());
  }
  return files;
}

bool CopyParts::mutable_sources() const {
  for (const Opened& opened : opened_)
    if (!opened.tree.immutable) return true;
  return false;
}

}  // namespace mbuild::builder
