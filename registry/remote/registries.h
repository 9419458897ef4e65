// Registries: where images of a registry are really fetched from - mirrors, rewrites, and hosts that may be
// spoken to without trusted TLS. Read from registries.json:
//
//   {
//     "mirrors": {
//       "docker.io": ["http://127.0.0.1:5000", "https://cache.example.com/dockerhub"],
//       "ghcr.io/team": ["https://registry.example.com/mirrors/team"],
//       "*": ["https://anything.example.com"]
//     },
//     "fallback": {"docker.io": false},
//     "insecure": ["registry.local:5000", "10.0.0.7"],
//     "verify": {"registry.example.com/prod": ["/etc/mbuild/prod.pub"]},
//     "hosts_toml": "/etc/containerd/certs.d"
//   }
//
// mirrors   Per registry or namespace, the longest key that is a prefix of the image's name ("*": every image
//           without another): places that are asked first, in order. A mirror is a host, with or without
//           "http://" or "https://", and may have a path; what the key leaves of the name is appended to it:
//             docker.io/library/debian   from 127.0.0.1:5000 as library/debian,
//                                        from cache.example.com as dockerhub/library/debian
//             ghcr.io/team/app           from registry.example.com as mirrors/team/app
//           The image's registry is told in the query as "ns=docker.io", as containerd does, so that one
//           pull-through cache can stand for several registries.
// fallback  false: when no mirror has the image, its registry is not asked. true is the default.
// insecure  Hosts (with the port, when it is not the scheme's own) for which plain HTTP and any TLS
//           certificate are good enough. Loopback addresses always are, unless certs.d has a CA for them.
// verify    Per registry or namespace, as for mirrors: images are pulled only when one of these public keys
//           (PEM) has signed them, as cosign does. An empty list: not verified.
// hosts_toml
//           A folder of containerd's <host>/hosts.toml files (hosts_toml.h), which are asked for registries
//           that have no mirrors here. /etc/containerd/certs.d is the default, "" is none.
//
// Mirrors serve pulls alone: pushes, tag lists and deletions go to the registry itself.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "registry/oci/reference.h"
#include "registry/remote/environment.h"
#include "registry/remote/hosts_toml.h"

namespace mbuild::remote {

// One place to ask for a repository.
struct Place {
  std::string scheme;          // "http", "https", or "" when it must be found out
  std::string host;            // "host[:port]" to connect to
  std::string registry;        // "host[:port]" whose credentials are used; "docker.io" for Docker Hub
  std::string repository;      // as it is called there
  std::string namespace_hint;  // for mirrors: the "ns" of the query
  std::string api_root = "/v2";
  Headers headers;  // sent with every request
  bool insecure = false;

  bool is_mirror() const { return !namespace_hint.empty(); }
};

// What is asked for: a tag's meaning, which a mirror may not be trusted with, or content by its digest.
enum class Use { tag, content };

// Immutable.
class Registries {
 public:
  Registries() = default;

  // `name` is for errors, which are `invalid_input` and name the key that is wrong. Unknown keys are errors.
  static Result<Registries> parse(std::string_view json, const std::string& name);
  // `file`, or, when it is empty, the first that exists of $MBUILD_REGISTRIES,
  // $XDG_CONFIG_HOME/mbuild/registries.json (~/.config), /etc/mbuild/registries.json; none is fine too.
  static Result<Registries> load(const std::string& file, const Environment& environment);

  // More insecure hosts, e.g. from the command line.
  void add_insecure(const std::string& host) { insecure_.push_back(host); }

  // Where to pull from, in order; the registry itself last. Never empty. Fails when hosts.toml is wrong.
  Result<std::vector<Place>> pull_places(const oci::Reference& reference, Use use) const;
  // The registry itself.
  Place home(const oci::Reference& reference) const;

  // Files of the public keys of which one must have signed the image; none: anything goes.
  std::vector<std::string> required_keys(const oci::Reference& reference) const;

  bool is_insecure(std::string_view host) const;
  const std::string& hosts_folder() const { return hosts_folder_; }

 private:
  struct Mirror {
    std::string scheme;
    std::string host;
    std::string path;  // "" or "a/b"
  };
  static Result<Mirror> parse_mirror(const std::string& text);
  std::vector<Place> mirror_places(const oci::Reference& reference, const std::string& key) const;
  std::vector<Place> hosts_places(const oci::Reference& reference, const HostsFile& file, Use use) const;

  std::map<std::string, std::vector<Mirror>> mirrors_;
  std::map<std::string, bool> fallback_;
  std::map<std::string, std::vector<std::string>> verify_;
  std::vector<std::string> insecure_;
  std::string hosts_folder_ = "/etc/containerd/certs.d";
};

}  // namespace mbuild::remote
