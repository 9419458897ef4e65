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
//     "insecure": ["registry.local:5000", "10.0.0.7"]
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
//
// Mirrors serve pulls alone: pushes, tag lists and deletions go to the registry itself.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "registry/oci/reference.h"
#include "registry/remote/environment.h"

namespace mbuild::remote {

// One place to ask for a repository.
struct Place {
  std::string scheme;          // "http", "https", or "" when it must be found out
  std::string host;            // "host[:port]" to connect to
  std::string registry;        // "host[:port]" whose credentials are used; "docker.io" for Docker Hub
  std::string repository;      // as it is called there
  std::string namespace_hint;  // for mirrors: the "ns" of the query
  bool insecure = false;

  bool is_mirror() const { return !namespace_hint.empty(); }
};

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

  // Where to pull from, in order; the registry itself last. Never empty.
  std::vector<Place> pull_places(const oci::Reference& reference) const;
  // The registry itself.
  Place home(const oci::Reference& reference) const;

  bool is_insecure(std::string_view host) const;

 private:
  struct Mirror {
    std::string scheme;
    std::string host;
    std::string path;  // "" or "a/b"
  };
  static Result<Mirror> parse_mirror(const std::string& text);
  const std::string* mirror_key(const oci::Reference& reference) const;

  std::map<std::string, std::vector<Mirror>> mirrors_;
  std::map<std::string, bool> fallback_;
  std::vector<std::string> insecure_;
};

}  // namespace mbuild::remote
