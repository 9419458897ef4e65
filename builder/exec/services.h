// BuildServices: what the execution of ops works with; one set a build.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "builder/cache/action_cache.h"
#include "builder/cache/cache_import.h"
#include "builder/cache/mount_cache.h"
#include "builder/cache/step_history.h"
#include "builder/context/source_fetcher.h"
#include "builder/exec/event_sink.h"
#include "builder/exec/failed_steps.h"
#include "builder/exec/tree.h"
#include "builder/plan/op.h"
#include "builder/resource_limits.h"
#include "builder/sandbox/sandbox.h"
#include "builder/snapshot/layer_store.h"
#include "builder/snapshot/snapshotter.h"

namespace mbuild::builder {

// A secret's value is read only when a step wants it.
using SecretReader = FindSecret;

// What is known of the main build context before anything runs.
struct MainContext {
  SourceFilesPtr files;           // it had to be fetched to find the Dockerfile; null: a directory
  int dockerfile_directory = -1;  // of a directory's ignore file; -1: the Dockerfile came as text
  std::string dockerfile;         // its name in there
};

// An agent that RUN --mount=type=ssh may use.
struct AgentSource {
  std::string socket;
  bool raw = false;
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
  std::map<std::string, AgentSource> agents;  // by id
  SourceFetcher& sources;
  MainContext main_context;
  const std::atomic<bool>& cancelled;   // by the user
  const std::atomic<bool>& stopping;    // another step has failed
  std::string dockerfile_identity;      // names the Dockerfile in the step history
  ResourceLimits limits;                // of each RUN step, but for its /dev/shm
  const FailedSteps* failed = nullptr;  // where RUN steps that fail are kept; null: they are not
  std::uint64_t unpacked_limit = 0;     // bytes that an archive of ADD may unpack to; 0: ArchiveLimits's own
  CacheImport* cache_import = nullptr;  // what caches elsewhere have; null: there are none
  // Told of every result that is kept or reused, under each of its keys; may be empty.
  std::function<void(OpId op, const oci::Digest& key, const TreeLayer& layer)> on_result{};

  bool should_stop() const { return cancelled.load() || stopping.load(); }
};

}  // namespace mbuild::builder
