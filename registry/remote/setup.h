// From ClientOptions to the parts that a client is made of.
#pragma once

#include <memory>

#include "registry/remote/client.h"
#include "registry/remote/endpoint.h"
#include "registry/remote/registries.h"
#include "registry/remote/transport.h"

namespace mbuild::remote {

// registries.json and the options' insecure hosts.
Result<Registries> load_registries(const ClientOptions& options);

// HTTP with the options' limits, the environment's proxies, and the trust of certs.d.
Result<std::unique_ptr<Transport>> make_transport(const ClientOptions& options, const Registries& registries);

// With the user's credentials, or those that `find` gives. `transport` is borrowed.
std::unique_ptr<Endpoints> make_endpoints(const ClientOptions& options, Registries registries,
                                          Transport& transport, Endpoints::FindCredentials find = nullptr);

}  // namespace mbuild::remote
