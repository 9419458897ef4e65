// BuildRecorder: keeps what becomes of the steps of a build, for last_build().
#pragma once

#include <map>
#include <string>

#include "builder/build.h"
#include "builder/last_build.h"
#include "parser/source.h"

namespace mbuild::builder {

// An observer that passes everything on to another one, which may be null and is borrowed.
class BuildRecorder : public BuildObserver {
 public:
  explicit BuildRecorder(BuildObserver* next) : next_(next) {}
  void on_event(const Event& event) noexcept override;

  // The files of the layer that a step made or found in the cache; for steps of stages too, which are in no
  // image.
  void note_layer(StepId id, std::uint64_t bytes);

  // Writes the record of the request's Dockerfile, `source`. A record that cannot be written is no reason to
  // fail a build. Not for contexts that are no directory.
  void store(const std::string& store_root, const BuildRequest& request, const parser::Source& source) const;

 private:
  void note(const StepAdded& event);
  void note(const StepFinished& event);

  BuildObserver* next_;
  std::map<StepId, SourceLines> sources_;
  std::map<StepId, LastBuildStep> steps_;
};

}  // namespace mbuild::builder
