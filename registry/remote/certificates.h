// The certs.d layout: per-registry trust and client certificates, as Docker and podman read it
// (docs.docker.com "Verify repository client with certificates", containers-certs.d(5)).
#pragma once

#include <string>
#include <vector>

#include "registry/remote/environment.h"
#include "registry/remote/tls.h"

namespace mbuild::remote {

// Folders that may have a "<host[:port]>" folder: ~/.config/containers/certs.d, /etc/containers/certs.d,
// /etc/docker/certs.d; all that exist are used.
std::vector<std::string> certificate_folders(const Environment& environment);

// In it: *.crt are CAs, X.cert with X.key is a client certificate. A .cert without its .key, or the other
// way round, is `invalid_input`.
Result<TlsConfig> load_certificates(const std::vector<std::string>& folders, const std::string& host);

}  // namespace mbuild::remote
