#include "builder/plan/ports.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>

namespace mbuild::builder {

namespace {

struct PortRange {
  unsigned first = 0;
  unsigned last = 0;
};

Result<unsigned> parse_number(std::string_view text, std::string_view whole) {
  unsigned value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty())
    return fail(ErrorKind::invalid_input, fmt::format("invalid containerPort: {}", whole));
  if (value > 65535)
    return fail(ErrorKind::invalid_input,
                fmt::format("invalid containerPort: {}: value out of range (0–65535)", whole));
  return value;
}

Result<PortRange> parse_range(std::string_view text) {
  std::size_t dash = text.find('-');
  unsigned first = MBUILD_TRY(parse_number(text.substr(0, dash), text));
  unsigned last =
      dash == std::string_view::npos ? first : MBUILD_TRY(parse_number(text.substr(dash + 1), text));
  if (last < first)
    return fail(ErrorKind::invalid_input,
                fmt::format("invalid port range: {}: the end comes before the start", text));
  return PortRange{first, last};
}

}  // namespace

Result<std::vector<std::string>> parse_port(const std::string& specification) {
  std::size_t slash = specification.find('/');
  std::string protocol = slash == std::string::npos ? "tcp" : specification.substr(slash + 1);
  std::transform(protocol.begin(), protocol.end(), protocol.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (protocol.empty()) protocol = "tcp";
  if (protocol != "tcp" && protocol != "udp" && protocol != "sctp")
    return fail(ErrorKind::invalid_input, fmt::format("invalid proto: {}", protocol));

  std::string_view ports = std::string_view(specification).substr(0, slash);
  std::size_t colon = ports.rfind(':');
  std::string_view container = colon == std::string_view::npos ? ports : ports.substr(colon + 1);
  if (container.empty())
    return fail(ErrorKind::invalid_input, fmt::format("no port specified: {}", specification));
  PortRange range = MBUILD_TRY(parse_range(container));

  std::vector<std::string> result;
  for (unsigned port = range.first; port <= range.last; ++port)
    result.push_back(fmt::format("{}/{}", port, protocol));
  return result;
}

}  // namespace mbuild::builder
