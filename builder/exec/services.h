// BuildServices: what the execution of ops works with; one set a build.
#pragma once

#include <atomic>
#include <map>
#include <string>
#include <vector>

#include "builder/cache/action_cache.h"
#include "builder/cache/mount_cache.h"
#include "builder/cache/step_history.h"
#include "builder/exec/event_sink.h"
#include "builder/exec/failed_steps.h"
#include "builder/exec/tree.h"
#include "builder/sandbox/sandbox.h"
#include "builder/snapshot/layer_store.h"
#include "builder/snapshot/snapshotter.h"

namespace mbuild::builder {

// A secret's value is read only when a step wants it.
using SecretReader = std::function<Result<std::optional<std::string>>(const std::string& id)>;

// Where the build contexts' ignore files and stat indexes are found.
struct ContextSettings {
  int dockerfile_directory = -1;  // -1: the Dockerfile came as text
  std::string dockerfile;         // its name in there
  int index_folder = -1;          // the store's `contexts/`
};

// Everything is borrowed and outlives the build's ops; all of it is thread-safe.
struct BuildServices {
  LayerStore& layers;
  Snapshotter& snapshots;
  Sandbox& sandbox;
  const ActionCache& actions;
  const MountCache& cache_mounts;
  const StepHistory& history;
  LayerImports& imports;
  EventSink& events;
  SecretReader secrets;
  ContextSettings contexts;
  const std::atomic<bool>& cancelled;   // by the user
  const std::atomic<bool>& stopping;    // another step has failed
  std::string dockerfile_identity;      // names the Dockerfile in the step history
  const FailedSteps* failed = nullptr;  // where RUN steps that fail are kept; null: they are not

  bool should_stop() const { return cancelled.load() || stopping.load(); }
};

}  // namespace mbuild::builder
