// SshAgents: the agents that a build may use, its own ones running.
#pragma once

#include <list>
#include <map>
#include <string>

#include "builder/build.h"
#include "builder/exec/key_agent.h"
#include "builder/exec/services.h"
#include "builder/snapshot/work_area.h"

namespace mbuild::builder {

class SshAgents {
 public:
  SshAgents() = default;
  // Starts one for every source of key files; they end when this goes. Errors as KeyAgent::start(), and
  // `invalid_input` for a source with both keys and a socket of its own, or raw. The area outlives this.
  static Result<SshAgents> start(const BuildRequest& request, WorkArea& work);

  const std::map<std::string, AgentSource>& sources() const { return sources_; }  // by id
  std::string default_socket() const;                                             // empty: none

 private:
  std::map<std::string, AgentSource> sources_;
  std::list<KeyAgent> own_;
};

}  // namespace mbuild::builder
