#include "cli/option_values.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdlib>
#include <string_view>

#include "cli/csv.h"
#include "registry/base/fd.h"

namespace mbuild::cli {

namespace {

// The address with which this machine speaks to others; on loopback when it has none. Nothing is sent.
std::string own_address() {
  const Fd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{.sin_family = AF_INET, .sin_port = htons(53), .sin_addr = {}, .sin_zero = {}};
  ::inet_pton(AF_INET, "192.0.2.1", &address.sin_addr);  // TEST-NET-1 (RFC 5737)
  auto* place = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof address;
  char text[INET_ADDRSTRLEN];
  if (!socket || ::connect(socket.get(), place, sizeof address) != 0 ||
      ::getsockname(socket.get(), place, &size) != 0 ||
      ::inet_ntop(AF_INET, &address.sin_addr, text, sizeof text) == nullptr)
    return "127.0.0.1";
  return text;
}

bool is_address(const std::string& text) {
  in6_addr address;
  return inet_pton(AF_INET, text.c_str(), &address) == 1 || inet_pton(AF_INET6, text.c_str(), &address) == 1;
}

// Cuts "index[linux/amd64]" into the attribute's beginning, "annotation-index[linux/amd64]".
Result<std::string> annotation_prefix(std::string_view type) {
  const std::size_t bracket = type.find('[');
  const std::string_view name = type.substr(0, bracket);
  for (std::string_view known : {"manifest", "index", "manifest-descriptor", "index-descriptor"})
    if (name == known) return fmt::format("annotation-{}", type);
  return fail(
      ErrorKind::invalid_input,
      fmt::format("unknown annotation type \"{}\": there are manifest, index, manifest-descriptor and "
                  "index-descriptor",
                  name));
}

// As Go's strconv.ParseBool.
std::optional<bool> parse_truth(const std::string& text) {
  for (const char* yes : {"1", "t", "T", "true", "TRUE", "True"})
    if (text == yes) return true;
  for (const char* no : {"0", "f", "F", "false", "FALSE", "False"})
    if (text == no) return false;
  return std::nullopt;
}

Result<bool> truth_of(const std::string& key, const std::string& value) {
  if (auto truth = parse_truth(value)) return *truth;
  return fail(ErrorKind::invalid_input, fmt::format("{}={}: neither true nor false", key, value));
}

Result<void> set_provenance(builder::ProvenanceRequest& provenance, const std::string& key,
                            const std::string& value) {
  if (key == "mode") {
    if (value != "min" && value != "max" && value != "full")
      return fail(ErrorKind::invalid_input, fmt::format("mode={}: there are min and max", value));
    provenance.full = value != "min";
  } else if (key == "builder-id") {
    provenance.builder_id = value;
  } else if (key == "filename") {
    provenance.filename = value;
  } else if (key == "reproducible") {
    provenance.reproducible = MBUILD_TRY(truth_of(key, value));
  } else if (key == "inline-only") {
    provenance.inline_only = MBUILD_TRY(truth_of(key, value));
  } else if (key == "version") {
    if (value != "v1")
      return fail(ErrorKind::unsupported, fmt::format("version={}: only SLSA v1 is written", value));
  } else {
    return fail(ErrorKind::invalid_input, fmt::format("unexpected key '{}'", key));
  }
  return {};
}

}  // namespace

std::optional<std::string> environment_variable(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value ? std::optional<std::string>(value) : std::nullopt;
}

std::optional<std::pair<std::string, std::string>> key_value_or_environment(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals != std::string::npos) return std::pair(text.substr(0, equals), text.substr(equals + 1));
  std::optional<std::string> value = environment_variable(text);
  if (!value) return std::nullopt;
  return std::pair(text, std::move(*value));
}

Result<std::pair<std::string, std::string>> parse_host(const std::string& text) {
  const std::size_t cut = text.find_first_of("=:");
  if (cut == 0 || cut == std::string::npos || cut + 1 == text.size())
    return fail(ErrorKind::invalid_input, fmt::format("--add-host {}: must be NAME:ADDRESS", text));
  std::string address = text.substr(cut + 1);
  if (address == "host-gateway") return std::pair(text.substr(0, cut), own_address());
  if (address.size() > 2 && address.front() == '[' && address.back() == ']')
    address = address.substr(1, address.size() - 2);
  if (!is_address(address))
    return fail(ErrorKind::invalid_input,
                fmt::format("--add-host {}: \"{}\" is no IP address", text, address));
  return std::pair(text.substr(0, cut), std::move(address));
}

Result<std::uint64_t> parse_bytes(const std::string& text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  std::string unit(end, text.data() + text.size());
  std::transform(unit.begin(), unit.end(), unit.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  constexpr std::string_view kUnits = "bkmgt";
  if (unit.size() > 1 && unit.back() == 'b') unit.pop_back();
  if (unit.size() > 1 && unit.back() == 'i') unit.pop_back();
  const std::size_t power = unit.empty() ? 0 : kUnits.find(unit.front());
  const bool known = unit.size() <= 1 && power != std::string_view::npos;
  constexpr double kMost = 1e18;
  double bytes = number;
  for (std::size_t i = 0; known && i < power; ++i) bytes *= 1024;
  if (error != std::errc() || !known || !(number >= 0) || bytes > kMost)
    return fail(ErrorKind::invalid_input, fmt::format("\"{}\" is no size, such as 64m or 1g", text));
  return static_cast<std::uint64_t>(bytes);
}

Result<std::vector<std::pair<std::string, std::string>>> parse_annotation(const std::string& text) {
  const std::string action = "--annotation " + text;
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos) return fail(ErrorKind::invalid_input, action + ": must be KEY=VALUE");
  // A platform in brackets may hold no colon, a key may: the types end at the first that is not in one.
  const std::string head = text.substr(0, equals), value = text.substr(equals + 1);
  const std::size_t colon = head.find(':');
  const std::string key = colon == std::string::npos ? head : head.substr(colon + 1);
  if (key.empty()) return fail(ErrorKind::invalid_input, action + ": the key is missing");
  std::vector<std::pair<std::string, std::string>> attributes;
  if (colon == std::string::npos) {
    attributes.emplace_back("annotation." + key, value);
    return attributes;
  }
  for (const std::string& type : MBUILD_TRY_AS(action, split_csv(head.substr(0, colon))))
    attributes.emplace_back(MBUILD_TRY_AS(action, annotation_prefix(type)) + "." + key, value);
  return attributes;
}

Result<void> apply_attestation(const std::string& text, builder::BuildRequest& request) {
  const std::string action = "--attest " + text;
  std::string type;
  bool wanted = true;
  builder::ProvenanceRequest provenance;
  for (const std::string& field : MBUILD_TRY_AS(action, split_csv(text))) {
    const std::size_t equals = field.find('=');
    const std::string key = field.substr(0, equals);
    const std::string value = equals == std::string::npos ? "" : field.substr(equals + 1);
    if (key == "type") {
      type = value;
    } else if (key == "disabled") {
      wanted = !MBUILD_TRY_AS(action, truth_of(key, value));
    } else if (auto truth = equals == std::string::npos ? parse_truth(key) : std::nullopt) {
      wanted = *truth;
    } else if (type == "provenance") {
      MBUILD_CHECK_AS(action, set_provenance(provenance, key, value));
    } else if (type == "sbom" && key == "generator") {
      return fail(ErrorKind::unsupported,
                  action + ": generators are not run: the SBOM comes from the image's package databases");
    } else {
      return fail(ErrorKind::invalid_input, fmt::format("{}: unexpected key '{}'", action, key));
    }
  }
  if (type == "provenance")
    request.provenance = wanted ? std::optional(provenance) : std::nullopt;
  else if (type == "sbom")
    request.sbom = wanted;
  else
    return fail(ErrorKind::invalid_input,
                fmt::format("{}: type must be provenance or sbom, not \"{}\"", action, type));
  return {};
}

}  // namespace mbuild::cli
