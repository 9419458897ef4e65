// HttpTransport: HTTP/1.1 over TCP and TLS, with connections kept for the next request to the same origin.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "registry/remote/cancel.h"
#include "registry/remote/proxy.h"
#include "registry/remote/timeouts.h"
#include "registry/remote/tls.h"
#include "registry/remote/transport.h"

namespace mbuild::remote {

struct HttpTransportOptions {
  std::string user_agent = "mbuild";
  Timeouts timeouts;
  ProxyRules proxies;
  CancelFlag cancel;  // may be null
  // How to trust a host; called once for each host and port. Empty: the system's roots.
  std::function<Result<TlsConfig>(const Url& url)> tls;
  std::uint64_t bytes_per_second = 0;  // both directions and all connections together; 0: no limit
};

std::unique_ptr<Transport> make_http_transport(HttpTransportOptions options);

}  // namespace mbuild::remote
