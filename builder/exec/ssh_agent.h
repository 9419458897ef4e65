// SshAgentProxy: lets a step use the keys of an ssh agent, and nothing else of it.
#pragma once

#include <cstdint>
#include <string>
#include <thread>

#include "registry/base/fd.h"
#include "registry/base/result.h"

namespace mbuild::builder {

// A connection to the agent that listens at this path.
Result<Fd> connect_to_agent(const std::string& socket);

struct SshAgentSettings {
  std::string agent;          // path of the real agent's socket
  bool raw = false;           // pass on whatever is said, to a socket that need not be an agent's
  std::uint32_t mode = 0600;  // of the socket that the step sees
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
};

// Listens on a socket of its own and passes on what is said there. Unless raw, requests other than listing
// keys and signing (RFC draft-miller-ssh-agent, SSH_AGENTC_REQUEST_IDENTITIES and SSH_AGENTC_SIGN_REQUEST)
// are answered with a failure: a step cannot add, remove or lock keys. Ends, with all connections, when
// destroyed.
class SshAgentProxy {
 public:
  // Makes the socket `name` in `folder`, a directory descriptor. `not_found` and the like when the agent
  // cannot be reached.
  static Result<SshAgentProxy> start(int folder, const std::string& name, const SshAgentSettings& settings);
  int socket() const { return socket_.get(); }  // O_PATH, for a mount

 private:
  SshAgentProxy(Fd socket, std::jthread server) : socket_(std::move(socket)), server_(std::move(server)) {}

  Fd socket_;
  std::jthread server_;
};

}  // namespace mbuild::builder
