// Session: the store and the machine's services, opened for one build or one command.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "builder/build.h"
#include "builder/cache/action_cache.h"
#include "builder/cache/mount_cache.h"
#include "builder/cache/step_history.h"
#include "builder/export/image_store.h"
#include "builder/sandbox/sandbox.h"
#include "builder/snapshot/layer_store.h"
#include "builder/snapshot/snapshotter.h"
#include "registry/remote/client.h"

namespace mbuild::builder {

// The snapshots that go with a rung.
SnapshotterKind snapshotter_of(Rung rung);

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

  // `unsupported` when the machine does not allow `isolation`.
  static Result<BuildMachine> open(Session& session, Isolation isolation);
};

}  // namespace mbuild::builder
