// SourceServices: what fetching from outside needs, opened for one build.
#pragma once

#include <memory>

#include "builder/build.h"
#include "builder/build/session.h"
#include "builder/build/ssh_agents.h"
#include "builder/context/source_fetcher.h"
#include "builder/snapshot/work_area.h"
#include "registry/base/fd.h"
#include "registry/remote/retry.h"
#include "registry/remote/transport.h"

namespace mbuild::builder {

class SourceServices {
 public:
  // All are borrowed; git over ssh asks the default agent.
  static Result<std::unique_ptr<SourceServices>> open(Session& session, const BuildRequest& request,
                                                      const SshAgents& agents);

  SourceFetcher& fetcher() { return *fetcher_; }

 private:
  SourceServices(WorkFolder work, Fd index, std::unique_ptr<remote::Transport> transport,
                 remote::TimeSource time)
      : work_(std::move(work)),
        index_(std::move(index)),
        transport_(std::move(transport)),
        time_(std::move(time)) {}

  WorkFolder work_;
  Fd index_;
  std::unique_ptr<remote::Transport> transport_;
  remote::TimeSource time_;
  std::unique_ptr<Downloads> downloads_;
  std::unique_ptr<SourceFetcher> fetcher_;
};

}  // namespace mbuild::builder
