// ProxyRules: which requests go through a proxy, by the variables that curl and Go's net/http share.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "registry/remote/environment.h"
#include "registry/remote/url.h"

namespace mbuild::remote {

struct Proxy {
  std::string host;
  std::uint16_t port = 0;
  std::string authorization;  // value of Proxy-Authorization; empty: none
};

// Immutable.
class ProxyRules {
 public:
  // No proxies at all.
  ProxyRules() = default;

  // HTTP_PROXY, HTTPS_PROXY and NO_PROXY, each also in lower case (which wins). A proxy is
  // "[http://][user:password@]host[:port]"; an https or socks proxy is `unsupported`. NO_PROXY is a list of
  // "*", host names (which match their subdomains too), addresses, networks in CIDR form, each with an
  // optional port.
  static Result<ProxyRules> from_environment(const Environment& get);

  // The proxy for a request; none for loopback, whatever the variables say.
  std::optional<Proxy> proxy_for(const Url& url) const;

 private:
  bool excluded(const Url& url) const;
  std::optional<Proxy> http_;
  std::optional<Proxy> https_;
  std::vector<std::string> excluded_;
};

}  // namespace mbuild::remote
