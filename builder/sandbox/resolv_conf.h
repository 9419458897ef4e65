// The /etc/resolv.conf of a step.
#pragma once

#include <string>
#include <string_view>

#include "builder/sandbox/spec.h"
#include "registry/base/result.h"

namespace mbuild::builder {

// `host`, the builder's own file, as a step should see it: name servers on loopback addresses are of use only
// on the host's network, so elsewhere they are left out. When none remains, the address at which a network
// apart forwards to the host's own stands in, else Google's public ones (moby's
// libnetwork/internal/resolvconf, TransformForLegacyNw).
std::string resolv_conf(std::string_view host, NetworkMode network);

// The same from the machine's file: /etc/resolv.conf, or, off the host's network, systemd-resolved's list of
// real servers when that file names only its stub. Empty where there is no file.
Result<std::string> host_resolv_conf(NetworkMode network);

}  // namespace mbuild::builder
