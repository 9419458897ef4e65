// Session: the store and the machine's services, opened for one build or one command.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "builder/build.h"
#include "builder/cache/action_cache.h"
#include "builder/cache/mount_cache.h"
#include "builder/cache/step_history.h"
#include "builder/cache/store_lease.h"
#include "builder/export/exporter.h"
#include "builder/export/image_store.h"
#include "builder/sandbox/sandbox.h"
#include "builder/snapshot/layer_store.h"
#include "builder/snapshot/snapshotter.h"
#include "registry/remote/client.h"

namespace mbuild::builder {

struct SessionOptions {
  std::string store_root;  // empty: default_store_root()
  RegistryAccess registries;
  CancelToken cancel;
};

// How a client of registries is to be made for it.
remote::ClientOptions client_options(const RegistryAccess& access, const CancelToken& cancel);

// Every member is safe for use from many threads.
struct Session {
  std::string store_root;
  StoreLease lease;  // nothing of the store goes while this is held but layers that no process has pinned
  std::unique_ptr<LayerStore> layers;
  ImageStore images;
  std::unique_ptr<remote::RegistryClient> registry;

  static Result<Session> open(const SessionOptions& options);
};

// What only a build needs besides: opened when there is something to run.
struct BuildMachine {
  ActionCache actions;
  MountCache cache_mounts;
  StepHistory history;
  std::unique_ptr<Snapshotter> snapshots;
  std::unique_ptr<Sandbox> sandbox;

  // `snapshotter` as in BuildRequest. `unsupported` when the machine does not allow `isolation`.
  static Result<BuildMachine> open(Session& session, Isolation isolation, const std::string& snapshotter);
};

struct ChosenSnapshotter {
  std::unique_ptr<Snapshotter> snapshotter;
  std::string name;            // as in BuildRequest
  std::string why_not_better;  // what came of the ones before it in the order of preference
};

// The snapshotter of a name as in BuildRequest, or without one the best that the rung allows. `invalid_input`
// for another name; `unsupported`, saying why, when one that was asked for cannot be had.
Result<ChosenSnapshotter> open_snapshotter(const std::string& name, Rung rung, LayerStore& layers);

// What exporters work with, but for the snapshotter and the output descriptor. Borrows the session.
ExportServices export_services(Session& session, const CancelToken& cancel);

}  // namespace mbuild::builder
