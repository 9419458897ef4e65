// CopyParts: the sources of one COPY or ADD while it is being executed.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "builder/context/selection.h"
#include "builder/exec/copy_options.h"
#include "builder/exec/step.h"
#include "builder/plan/key.h"

namespace mbuild::builder {

// What identifies the sources before any of their files is looked at: the fingerprints of stages and images,
// the versions of downloads and repositories. nullopt when a build context is among them.
Result<std::optional<KeyInputs>> known_inputs(const Step& step, const CopyOp& op);

// One source with the files that are copied from it.
struct CopyPart {
  SourceTree tree;
  Selection selection;
  bool unpack = false;
};

// What copying and caching need to know of the sources. Holds the trees open.
class CopyParts {
 public:
  // Both are borrowed.
  CopyParts(const Step& step, const CopyOp& op) : step_(step), op_(op) {}

  // Opens the sources, fetching what is missing.
  Result<void> open();

  // Finds the files anew, and reads what has to be read of them. `not_found` for a file that vanished
  // meanwhile, as for one that was never there.
  Result<void> select();

  // What identifies what select() found.
  Result<KeyInputs> inputs() const;
  // The files one by one, of sources without a version.
  NamedInputs files() const;
  const std::vector<CopyPart>& parts() const { return parts_; }
  bool mutable_sources() const;  // whether anyone may be changing the files

 private:
  struct Opened {
    SourceTree tree;
    std::unique_ptr<TreeView> view;      // of a stage or an image
    std::shared_ptr<SourceFiles> files;  // from outside
    std::string version;                 // of those, when they have one
  };
  Result<Opened> open_source(const CopySource& source);

  const Step& step_;
  const CopyOp& op_;
  std::vector<Opened> opened_;         // as CopyOp::sources has them
  std::vector<CopyPart> parts_;        // the same, and the inline files last
  std::vector<oci::Digest> contents_;  // fingerprints of the parts without a version
};

}  // namespace mbuild::builder
