#include "registry/remote/url.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>

namespace mbuild::remote {

namespace {

std::uint16_t default_port(std::string_view scheme) {
  return scheme == "https" ? 443 : 80;
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), [](unsigned char c) { return std::tolower(c); });
  return result;
}

std::unexpected<Error> bad_url(std::string_view text, std::string_view why) {
  // A query may hold signatures and upload states.
  return fail(ErrorKind::invalid_input, fmt::format("URL \"{}\": {}", text.substr(0, text.find('?')), why));
}

bool is_host_character(unsigned char c) {
  return std::isalnum(c) || c == '.' || c == '-' || c == '_';
}

Result<void> parse_host(std::string_view whole, std::string_view host, Url& url) {
  if (host.starts_with('[')) {
    if (!host.ends_with(']')) return bad_url(whole, "the IPv6 address is not closed by \"]\"");
    url.host = lower(host.substr(1, host.size() - 2));
    in6_addr address;
    if (inet_pton(AF_INET6, url.host.c_str(), &address) != 1) return bad_url(whole, "not an IPv6 address");
    return {};
  }
  if (host.empty()) return bad_url(whole, "the host is missing");
  if (!std::ranges::all_of(host, is_host_character))
    return bad_url(whole, "the host has a forbidden character");
  url.host = lower(host);
  return {};
}

Result<void> parse_authority(std::string_view whole, std::string_view authority, Url& url) {
  if (authority.find('@') != authority.npos) return bad_url("...", "a user name in a URL is not accepted");
  url.port = default_port(url.scheme);
  std::size_t colon = authority.rfind(':');
  std::size_t bracket = authority.rfind(']');
  if (colon != authority.npos && (bracket == authority.npos || colon > bracket)) {
    std::string_view digits = authority.substr(colon + 1);
    const char* end = digits.data() + digits.size();
    auto parsed = std::from_chars(digits.data(), end, url.port);
    if (parsed.ec != std::errc() || parsed.ptr != end || url.port == 0)
      return bad_url(whole, "the port is not a number from 1 to 65535");
    authority = authority.substr(0, colon);
  }
  return parse_host(whole, authority, url);
}

}  // namespace

Result<Url> Url::parse(std::string_view text) {
  auto forbidden = [](unsigned char c) { return c <= ' ' || c == 0x7F; };
  if (std::ranges::any_of(text, forbidden)) return bad_url("...", "it has a blank or control character");
  std::size_t colon = text.find("://");
  if (colon == text.npos) return bad_url(text, "it has no scheme");
  Url url;
  url.scheme = lower(text.substr(0, colon));
  if (url.scheme != "http" && url.scheme != "https")
    return bad_url(text, "the scheme is neither http nor https");
  std::string_view rest = text.substr(colon + 3);
  rest = rest.substr(0, rest.find('#'));
  std::size_t authority_end = std::min(rest.find_first_of("/?"), rest.size());
  MBUILD_CHECK(parse_authority(text, rest.substr(0, authority_end), url));
  rest.remove_prefix(authority_end);
  if (rest.starts_with('/')) rest.remove_prefix(1);
  url.target += rest;  // after the "/" that is there by default
  return url;
}

Result<Url> Url::resolve(std::string_view location) const {
  std::size_t path_end = location.find_first_of("/?#");
  std::size_t colon = location.find("://");
  if (colon != location.npos && colon < path_end) return parse(location);
  if (location.starts_with("//")) return parse(scheme + ":" + std::string(location));
  std::string base = origin();
  if (location.starts_with('/')) return parse(base + std::string(location));
  std::string_view path = std::string_view(target).substr(0, target.find('?'));
  if (location.starts_with('?')) return parse(base + std::string(path) + std::string(location));
  path = path.substr(0, path.rfind('/') + 1);
  return parse(base + std::string(path) + std::string(location));
}

Url Url::with_query(std::string_view key, std::string_view value) const {
  Url result = *this;
  char separator = target.find('?') == target.npos ? '?' : '&';
  result.target += fmt::format("{}{}={}", separator, percent_encode(key), percent_encode(value));
  return result;
}

std::string Url::host_port() const {
  return host.find(':') == host.npos ? fmt::format("{}:{}", host, port) : fmt::format("[{}]:{}", host, port);
}

std::string Url::authority() const {
  std::string text = host_port();
  if (port == default_port(scheme)) text.resize(text.rfind(':'));
  return text;
}

std::string Url::origin() const {
  return scheme + "://" + host_port();
}

std::string Url::str() const {
  return scheme + "://" + authority() + target;
}

std::string Url::display() const {
  return scheme + "://" + authority() + target.substr(0, target.find('?'));
}

std::string percent_encode(std::string_view text, std::string_view plain) {
  std::string result;
  for (unsigned char c : text) {
    if (std::isalnum(c) || plain.find(static_cast<char>(c)) != std::string_view::npos)
      result += static_cast<char>(c);
    else
      result += fmt::format("%{:02X}", c);
  }
  return result;
}

bool is_loopback(std::string_view host) {
  std::string name = lower(host);
  if (name == "localhost" || name.ends_with(".localhost")) return true;
  in_addr address;
  if (inet_pton(AF_INET, name.c_str(), &address) == 1) return ntohl(address.s_addr) >> 24 == 127;
  in6_addr address6;
  return inet_pton(AF_INET6, name.c_str(), &address6) == 1 && IN6_IS_ADDR_LOOPBACK(&address6);
}

}  // namespace mbuild::remote
