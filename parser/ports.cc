#include "parser/ports.h"

#include <charconv>
#include <optional>

#include "parser/characters.h"

namespace mbuild::parser {

namespace {

struct PortRange {
  unsigned first = 0;
  unsigned last = 0;
};

template <class T>
using Parsed = std::expected<T, std::string>;

Parsed<unsigned> parse_number(std::string_view text, const std::string& problem) {
  unsigned value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::invalid_argument || end != text.data() + text.size())
    return std::unexpected(problem);
  if (error != std::errc() || value > 65535)
    return std::unexpected(problem + ": value out of range (0–65535)");
  return value;
}

// `what` is "containerPort" or "hostPort".
Parsed<PortRange> parse_range(std::string_view text, std::string_view what) {
  std::string problem = "invalid " + std::string(what) + ": " + std::string(text);
  std::size_t dash = text.find('-');
  Parsed<unsigned> first = parse_number(text.substr(0, dash), problem);
  if (!first) return std::unexpected(first.error());
  if (dash == std::string_view::npos) return PortRange{*first, *first};
  Parsed<unsigned> last = parse_number(text.substr(dash + 1), problem);
  if (!last) return std::unexpected(last.error());
  if (*last < *first)
    return std::unexpected("invalid port range: " + std::string(text) + ": the end comes before the start");
  return PortRange{*first, *last};
}

// A host port, or a range of them as long as the container's; a single container port may take any of a
// range.
std::optional<std::string> check_host(std::string_view host, PortRange container) {
  if (host.empty()) return std::nullopt;
  Parsed<PortRange> range = parse_range(host, "hostPort");
  if (!range) return range.error();
  bool equal = range->last - range->first == container.last - container.first;
  if (equal || container.first == container.last) return std::nullopt;
  return "invalid ranges specified for container and host ports: " + std::string(host);
}

}  // namespace

std::expected<std::vector<std::string>, std::string> parse_port(std::string_view specification) {
  std::size_t slash = specification.find('/');
  std::string protocol = "tcp";
  if (slash != std::string_view::npos && slash + 1 < specification.size())
    protocol = to_lower(specification.substr(slash + 1));
  if (protocol != "tcp" && protocol != "udp" && protocol != "sctp")
    return std::unexpected("invalid proto: " + protocol);

  std::string_view ports = specification.substr(0, slash);
  std::size_t colon = ports.rfind(':');
  std::string_view container = colon == std::string_view::npos ? ports : ports.substr(colon + 1);
  if (container.empty()) return std::unexpected("no port specified: " + std::string(specification));
  Parsed<PortRange> range = parse_range(container, "containerPort");
  if (!range) return std::unexpected(range.error());
  if (colon != std::string_view::npos) {
    std::string_view before = ports.substr(0, colon);
    std::size_t address_end = before.rfind(':');
    std::string_view host = address_end == std::string_view::npos ? before : before.substr(address_end + 1);
    if (auto problem = check_host(host, *range)) return std::unexpected(*problem);
  }

  std::vector<std::string> result;
  for (unsigned port = range->first; port <= range->last; ++port)
    result.push_back(std::to_string(port) + "/" + protocol);
  return result;
}

}  // namespace mbuild::parser
