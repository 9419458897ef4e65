// Url: absolute http and https URLs (RFC 3986), as registries and their redirects use them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "registry/base/result.h"

namespace mbuild::remote {

struct Url {
  std::string scheme;        // "http" or "https"
  std::string host;          // lower case; IPv6 without brackets
  std::uint16_t port = 0;    // always set: the scheme's own when the text has none
  std::string target = "/";  // path and query as they go on the wire; never empty, never a fragment

  // `invalid_input` for other schemes, control characters, blanks, or an authority that does not parse.
  // User information ("user:password@") is refused: credentials come from the credential store alone.
  static Result<Url> parse(std::string_view text);

  // What a "Location" header means for a request to this URL (RFC 3986 5.2): absolute, scheme-relative,
  // absolute path, or relative to the path's last slash.
  Result<Url> resolve(std::string_view location) const;

  // This URL with `key=value` (percent-encoded) appended to its query.
  Url with_query(std::string_view key, std::string_view value) const;

  bool tls() const { return scheme == "https"; }
  std::string authority() const;  // "host[:port]" as for a Host header: the scheme's own port is left out
  std::string host_port() const;  // "host:port", always with the port; IPv6 in brackets
  std::string origin() const;     // "scheme://host:port": what credentials and connections belong to
  std::string str() const;        // as a person would write it
  // str() without the query, which may hold signatures and upload states: for messages.
  std::string display() const;

  friend bool operator==(const Url&, const Url&) = default;
};

// Everything but the unreserved characters of RFC 3986 2.3 as %XX.
std::string percent_encode(std::string_view text, std::string_view plain = "-._~");

// Whether `host` (a name or literal address, without port) can only mean this machine.
bool is_loopback(std::string_view host);

}  // namespace mbuild::remote
