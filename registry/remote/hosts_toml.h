// containerd's hosts.toml: where to pull a registry's images from (containerd: docs/hosts.md).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "registry/remote/headers.h"
#include "registry/remote/tls.h"
#include "registry/remote/url.h"

namespace mbuild::remote {

struct ConfiguredHost {
  Url url;                     // with the path that the API's own ("/v2") is appended to
  bool override_path = false;  // the path stands in place of "/v2"
  bool pull = true;            // may give content by digest
  bool resolve = true;         // may say what a tag means
  std::vector<std::string> ca_files;
  std::vector<std::pair<std::string, std::string>> client_certificates;
  bool skip_verify = false;
  Headers headers;  // sent with each request to this host

  std::string api_root() const;  // "/v2", "/path/v2", or "/path"
};

struct HostsFile {
  std::vector<ConfiguredHost> hosts;     // in the order of the file
  std::optional<ConfiguredHost> server;  // asked last, in place of the registry itself
};

// `name` and the line are in errors, which are `invalid_input`. Relative paths of certificates are those of
// `folder`. The part of TOML 1.0 that such files are written in is understood: comments, tables, strings,
// booleans and arrays.
Result<HostsFile> parse_hosts_toml(std::string_view text, const std::string& name, const std::string& folder);

// Reads <folder>/<host>/hosts.toml, else <folder>/_default/hosts.toml. Neither is no error.
Result<std::optional<HostsFile>> load_hosts_toml(const std::string& folder, const std::string& host);

// Adds what the files of all registries in `folder` say of TLS to the host of `url`.
Result<void> add_hosts_tls(const std::string& folder, const Url& url, TlsConfig& config);

}  // namespace mbuild::remote
