#include "builder/build/ssh_agents.h"

namespace mbuild::builder {

Result<SshAgents> SshAgents::start(const BuildRequest& request, WorkArea& work) {
  SshAgents agents;
  for (const SshSource& source : request.ssh) {
    if (source.keys.empty()) {
      agents.sources_[source.id] = {source.socket, source.raw};
      continue;
    }
    if (!source.socket.empty() || source.raw)
      return fail(ErrorKind::invalid_input,
                  "ssh agent " + source.id + ": key files go neither with an agent's socket nor with raw");
    agents.own_.push_back(
        MBUILD_TRY_AS("ssh agent " + source.id, KeyAgent::start(source.keys, work, request.cancel.flag())));
    agents.sources_[source.id] = {agents.own_.back().socket(), false};
  }
  return agents;
}

std::string SshAgents::default_socket() const {
  const auto found = sources_.find("default");
  return found == sources_.end() ? std::string() : found->second.socket;
}

}  // namespace mbuild::builder
