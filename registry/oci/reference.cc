#include "registry/oci/reference.h"

#include <algorithm>

namespace mbuild::oci {

namespace {

constexpr std::string_view kDefaultRegistry = "docker.io";
constexpr std::string_view kLegacyRegistry = "index.docker.io";
constexpr std::string_view kOfficialPrefix = "library/";
constexpr std::string_view kDefaultTag = "latest";
constexpr std::size_t kRepositoryLimit = 255;
constexpr std::size_t kTagLimit = 128;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
bool is_alphanumeric(char c) {
  return is_digit(c) || is_lower(c) || is_upper(c);
}
bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

template <class Predicate>
bool all(std::string_view text, Predicate predicate) {
  return std::all_of(text.begin(), text.end(), predicate);
}

// The part of `text` before the first `separator`; `text` keeps what is after it, nothing if there is none.
std::string_view take_until(std::string_view& text, char separator) {
  const std::size_t end = text.find(separator);
  const std::string_view part = text.substr(0, end);
  text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  return part;
}

bool is_registry(std::string_view first_component) {
  return first_component == "localhost" || first_component.find_first_of(".:") != std::string_view::npos ||
         std::any_of(first_component.begin(), first_component.end(), is_upper);
}

// Each of these gives "" or what is wrong.

std::string_view fault_of_host(std::string_view host) {
  if (host.empty()) return "the host name is empty";
  while (!host.empty()) {
    const bool last = host.find('.') == std::string_view::npos;
    const std::string_view label = take_until(host, '.');
    if (label.empty() || (!last && host.empty())) return "the host name has an empty label";
    if (!all(label, [](char c) { return is_alphanumeric(c) || c == '-'; })) {
      return "the host name may hold letters, digits, \"-\" and \".\"";
    }
    if (label.front() == '-' || label.back() == '-')
      return "a label of the host name begins or ends with \"-\"";
  }
  return "";
}

std::string_view fault_of_registry(std::string_view registry) {
  if (registry.starts_with('[')) {
    const std::size_t close = registry.find(']');
    if (close == std::string_view::npos) return "no \"]\" after the IPv6 address";
    const std::string_view address = registry.substr(1, close - 1);
    if (address.empty() || !all(address, [](char c) { return is_hex(c) || c == ':'; })) {
      return "malformed IPv6 address";
    }
    registry.remove_prefix(close + 1);
    if (!registry.empty() && registry.front() != ':')
      return "something other than a port follows the address";
  } else if (const auto fault = fault_of_host(registry.substr(0, registry.find(':'))); !fault.empty()) {
    return fault;
  }
  const std::size_t colon = registry.find(':');
  if (colon == std::string_view::npos) return "";
  const std::string_view port = registry.substr(colon + 1);
  return !port.empty() && all(port, is_digit) ? "" : "the port is not a number";
}

// Letters and digits, with ".", "_", "__" or any number of "-" between them.
std::string_view fault_of_component(std::string_view component) {
  if (component.empty()) return "a component is empty";
  const auto is_atom = [](char c) { return is_lower(c) || is_digit(c); };
  if (std::any_of(component.begin(), component.end(), is_upper)) return "it must be lower-case";
  if (!is_atom(component.front()) || !is_atom(component.back())) {
    return "a component must begin and end with a letter or digit";
  }
  for (std::size_t i = 0; i < component.size();) {
    if (is_atom(component[i])) {
      ++i;
      continue;
    }
    const std::size_t end =
        std::find_if(component.begin() + static_cast<std::ptrdiff_t>(i), component.end(), is_atom) -
        component.begin();
    const std::string_view separator = component.substr(i, end - i);
    if (!all(separator, [](char c) { return c == '.' || c == '_' || c == '-'; })) {
      return "it may hold lower-case letters, digits, \".\", \"_\", \"-\" and \"/\"";
    }
    if (separator != "." && separator != "_" && separator != "__" &&
        !all(separator, [](char c) { return c == '-'; })) {
      return "only \".\", \"_\", \"__\" or dashes may separate letters and digits";
    }
    i = end;
  }
  return "";
}

std::string_view fault_of_repository(std::string_view repository) {
  if (repository.empty()) return "it is empty";
  if (repository.size() > kRepositoryLimit) return "it is longer than 255 characters";
  for (std::size_t start = 0;;) {
    const std::size_t slash = repository.find('/', start);
    if (const auto fault = fault_of_component(repository.substr(start, slash - start)); !fault.empty())
      return fault;
    if (slash == std::string_view::npos) return "";
    start = slash + 1;
  }
}

std::string_view fault_of_tag(std::string_view tag) {
  if (tag.empty()) return "it is empty";
  if (tag.size() > kTagLimit) return "it is longer than 128 characters";
  if (!is_alphanumeric(tag.front()) && tag.front() != '_')
    return "it must begin with a letter, a digit or \"_\"";
  if (!all(tag, [](char c) { return is_alphanumeric(c) || c == '_' || c == '.' || c == '-'; })) {
    return "it may hold letters, digits, \"_\", \".\" and \"-\"";
  }
  return "";
}

std::unexpected<Error> invalid(std::string_view text, std::string_view part, std::string_view why) {
  return fail(ErrorKind::invalid_input,
              "image name \"" + std::string(text) + "\": " + std::string(part) + ": " + std::string(why));
}

}  // namespace

Result<Reference> Reference::parse(std::string_view text) {
  if (text.size() == 64 && all(text, [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); })) {
    return invalid(text, "repository", "64 hexadecimal digits are an image id, not a name");
  }
  Reference reference;
  reference.registry = kDefaultRegistry;
  std::string_view rest = text;
  if (const std::size_t slash = text.find('/'); slash != std::string_view::npos) {
    const std::string_view first = text.substr(0, slash);
    if (is_registry(first)) {
      reference.registry = first == kLegacyRegistry ? kDefaultRegistry : first;
      rest.remove_prefix(slash + 1);
    }
  }
  if (const auto fault = fault_of_registry(reference.registry); !fault.empty()) {
    return invalid(text, "registry", fault);
  }

  const std::size_t at = rest.find('@');
  std::string_view tag = rest.substr(0, at);
  const bool has_tag = tag.find(':') != std::string_view::npos;
  const std::string_view repository = take_until(tag, ':');
  reference.repository = repository;
  if (const auto fault = fault_of_repository(repository); !fault.empty())
    return invalid(text, "repository", fault);
  if (reference.registry == kDefaultRegistry && repository.find('/') == std::string_view::npos) {
    reference.repository.insert(0, kOfficialPrefix);
  }
  if (has_tag) {
    if (const auto fault = fault_of_tag(tag); !fault.empty()) return invalid(text, "tag", fault);
    reference.tag = tag;
  }
  if (at != std::string_view::npos) {
    auto digest = Digest::parse(rest.substr(at + 1));
    if (!digest && digest.error().kind() == ErrorKind::unsupported) {
      return std::unexpected(std::move(digest).error().context("image name \"" + std::string(text) + "\""));
    }
    if (!digest)
      return invalid(text, "digest", "it must be \"sha256:\" and 64 lower-case hexadecimal digits");
    reference.digest = *digest;
  } else if (!has_tag) {
    reference.tag = kDefaultTag;
  }
  return reference;
}

std::string Reference::name() const {
  return registry + "/" + repository;
}

std::string Reference::str() const {
  return name() + (tag.empty() ? "" : ":" + tag) + (digest ? "@" + digest->str() : "");
}

std::string Reference::familiar() const {
  std::string text = str();
  if (registry != kDefaultRegistry) return text;
  const std::string_view official = std::string_view(repository).substr(0, kOfficialPrefix.size());
  if (official == kOfficialPrefix && repository.find('/', official.size()) == std::string::npos) {
    return text.substr(kDefaultRegistry.size() + 1 + kOfficialPrefix.size());
  }
  // Without the registry, such a first component would be taken for one.
  if (is_registry(repository.substr(0, repository.find('/')))) return text;
  return text.substr(kDefaultRegistry.size() + 1);
}

}  // namespace mbuild::oci
