// NetworkHelper: a running pasta (passt.top), which serves a network namespace through sockets on the host.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "registry/base/fd.h"
#include "registry/base/result.h"

namespace mbuild::builder {

// The address at which the helper answers for the host's own name server, one on a loopback address too.
constexpr const char* forwarded_name_server = "169.254.1.1";

// Move-only. The helper has no terminal, no environment and no descriptors of the builder's but those it
// needs, and it ends with this object, or with the builder, however that ends: it lives in a pid namespace
// whose first process holds a pipe from here.
class NetworkHelper {
 public:
  // Makes a tap device in the namespace (see network_tap.h for what may leave by it). Returns once addresses
  // and routes are set: some 25 ms. Nothing is forwarded to the namespace, and nothing of it to the host's
  // loopback addresses. `not_found` when pasta is not to be found along PATH; `unsupported`, with what it
  // said, when it did not start.
  static Result<NetworkHelper> start(int network_namespace);

  NetworkHelper(NetworkHelper&& other) noexcept;
  NetworkHelper& operator=(NetworkHelper&&) = delete;
  ~NetworkHelper();

  bool has_ended() const;

  // The first process of its pid namespace, whose child it is.
  pid_t keeper() const { return keeper_; }

 private:
  NetworkHelper(pid_t keeper, Fd lifeline, Fd outcome)
      : keeper_(keeper), lifeline_(std::move(lifeline)), outcome_(std::move(outcome)) {}

  pid_t keeper_;
  Fd lifeline_;
  Fd outcome_;
};

// What it is started with, from the program's name on.
std::vector<std::string> network_helper_arguments();

}  // namespace mbuild::builder
