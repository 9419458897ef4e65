// execute_plan(): runs the ops of a plan on the machine.
#pragma once

#include <vector>

#include "builder/build.h"
#include "builder/build/build_recorder.h"
#include "builder/build/caches.h"
#include "builder/build/early_push.h"
#include "builder/build/session.h"
#include "builder/build/ssh_agents.h"
#include "builder/exec/event_sink.h"
#include "builder/exec/services.h"
#include "builder/exec/tree.h"
#include "builder/plan/plan.h"

namespace mbuild::builder {

// What a build runs its steps with. All of it is borrowed.
struct Execution {
  const BuildRequest& request;
  Session& session;
  BuildMachine& machine;
  SourceFetcher& sources;
  const MainContext& main_context;
  const SshAgents& agents;
  BuildCaches& caches;
  EarlyPush& early_push;
  EventSink& events;
  BuildRecorder& recorder;  // is told the sizes of layers
};

// The trees of the plan's images, in their order.
Result<std::vector<Tree>> execute_plan(const Plan& plan, const Execution& with);

}  // namespace mbuild::builder
