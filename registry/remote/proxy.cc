#include "registry/remote/proxy.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cstring>

#include "registry/remote/base64.h"
#include "registry/remote/headers.h"

namespace mbuild::remote {

namespace {

struct Address {
  int family = 0;
  std::array<unsigned char, 16> bytes{};
};

std::optional<Address> parse_address(const std::string& text) {
  Address address;
  for (int family : {AF_INET, AF_INET6}) {
    address.family = family;
    if (inet_pton(family, text.c_str(), address.bytes.data()) == 1) return address;
  }
  return std::nullopt;
}

bool in_network(const std::string& host, std::string_view network) {
  std::size_t slash = network.find('/');
  auto base = parse_address(std::string(network.substr(0, slash)));
  auto address = parse_address(host);
  if (!base || !address || base->family != address->family) return false;
  unsigned width = base->family == AF_INET ? 32 : 128;
  unsigned length = width;
  if (slash != network.npos) {
    std::string_view digits = network.substr(slash + 1);
    auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), length);
    if (parsed.ec != std::errc() || length > width) return false;
  }
  if (std::memcmp(base->bytes.data(), address->bytes.data(), length / 8) != 0) return false;
  unsigned rest = length % 8;
  return rest == 0 || (base->bytes[length / 8] ^ address->bytes[length / 8]) >> (8 - rest) == 0;
}

bool matches(const Url& url, std::string_view pattern) {
  if (pattern == "*") return true;
  if (in_network(url.host, pattern)) return true;
  std::size_t colon = pattern.rfind(':');
  if (colon != pattern.npos && pattern.find(':') == colon) {  // one colon: a port, not an IPv6 address
    if (pattern.substr(colon + 1) != std::to_string(url.port)) return false;
    pattern = pattern.substr(0, colon);
    if (in_network(url.host, pattern)) return true;
  }
  if (pattern.starts_with("*.")) pattern.remove_prefix(1);
  if (pattern.starts_with('.')) pattern.remove_prefix(1);
  if (pattern.empty() || url.host.size() < pattern.size()) return false;
  std::string_view host = url.host;
  std::string_view tail = host.substr(host.size() - pattern.size());
  if (!equal_ignoring_case(tail, pattern)) return false;
  return tail.size() == host.size() || host[host.size() - tail.size() - 1] == '.';
}

Result<std::optional<Proxy>> parse_proxy(const std::string& name, std::string_view text) {
  if (text.empty()) return std::nullopt;
  std::size_t scheme_end = text.find("://");
  if (scheme_end != text.npos) {
    if (!equal_ignoring_case(text.substr(0, scheme_end), "http"))
      return fail(ErrorKind::unsupported, fmt::format("{}: only http:// proxies are supported", name));
    text.remove_prefix(scheme_end + 3);
  }
  Proxy proxy;
  std::size_t at = text.rfind('@');
  if (at != text.npos) {
    proxy.authorization = "Basic " + base64_encode(text.substr(0, at));
    text.remove_prefix(at + 1);
  }
  // The text itself may hold a password, so that no message repeats it.
  auto url = Url::parse("http://" + std::string(text));
  if (!url) return fail(ErrorKind::invalid_input, fmt::format("{} is not a proxy's address", name));
  proxy.host = url->host;
  proxy.port = url->port;
  return proxy;
}

Result<std::optional<Proxy>> proxy_variable(const Environment& get, const std::string& lower,
                                            const std::string& upper) {
  if (auto value = get(lower)) return parse_proxy(lower, *value);
  if (auto value = get(upper)) return parse_proxy(upper, *value);
  return std::nullopt;
}

}  // namespace

Result<ProxyRules> ProxyRules::from_environment(const Environment& get) {
  ProxyRules rules;
  rules.http_ = MBUILD_TRY(proxy_variable(get, "http_proxy", "HTTP_PROXY"));
  rules.https_ = MBUILD_TRY(proxy_variable(get, "https_proxy", "HTTPS_PROXY"));
  auto excluded = get("no_proxy");
  if (!excluded) excluded = get("NO_PROXY");
  std::string_view rest = excluded ? std::string_view(*excluded) : std::string_view();
  while (!rest.empty()) {
    std::size_t end = std::min(rest.find_first_of(", \t"), rest.size());
    if (end > 0) rules.excluded_.emplace_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return rules;
}

bool ProxyRules::excluded(const Url& url) const {
  for (const std::string& pattern : excluded_)
    if (matches(url, pattern)) return true;
  return false;
}

std::optional<Proxy> ProxyRules::proxy_for(const Url& url) const {
  if (is_loopback(url.host) || excluded(url)) return std::nullopt;
  return url.tls() ? https_ : http_;
}

}  // namespace mbuild::remote
