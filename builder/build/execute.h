// execute_plan(): runs the ops of a plan on the machine.
#pragma once

#include <string>
#include <vector>

#include "builder/build.h"
#include "builder/build/build_recorder.h"
#include "builder/build/caches.h"
#include "builder/build/session.h"
#include "builder/build/ssh_agents.h"
#include "builder/exec/event_sink.h"
#include "builder/exec/services.h"
#include "builder/exec/tree.h"
#include "builder/plan/plan.h"

namespace mbuild::builder {

// The trees of the plan's images, in their order. `recorder` is told the sizes of layers.
Result<std::vector<Tree>> execute_plan(const Plan& plan, Session& session, BuildMachine& machine,
                                       SourceFetcher& sources, const MainContext& main_context,
                                       const BuildRequest& request, const SshAgents& agents,
                                       BuildCaches& caches, EventSink& events, BuildRecorder& recorder);

}  // namespace mbuild::builder
