#include "parser/image_name.h"

#include <algorithm>

#include "parser/characters.h"

namespace mbuild::parser {

namespace {

constexpr std::string_view invalid_format = "invalid reference format";
constexpr std::size_t longest_name = 255;
constexpr std::size_t longest_tag = 128;
constexpr std::size_t shortest_digest = 32;

bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_alpha(char c) {
  return is_lower(to_lower(c));
}
bool is_alphanumeric(char c) {
  return is_alpha(c) || is_digit(c);
}
bool is_hex(char c) {
  return is_digit(c) || (to_lower(c) >= 'a' && to_lower(c) <= 'f');
}

template <class Predicate>
bool all(std::string_view text, Predicate predicate) {
  return !text.empty() && std::all_of(text.begin(), text.end(), predicate);
}

// Whether every part of `text` between separators passes.
template <class Predicate>
bool all_parts(std::string_view text, char separator, Predicate predicate) {
  while (true) {
    std::size_t end = text.find(separator);
    if (!predicate(text.substr(0, end))) return false;
    if (end == std::string_view::npos) return true;
    text.remove_prefix(end + 1);
  }
}

bool is_domain_component(std::string_view text) {
  return all(text, [](char c) { return is_alphanumeric(c) || c == '-'; }) && text.front() != '-' &&
         text.back() != '-';
}

bool is_domain(std::string_view text) {
  std::string_view host = text;
  if (text.starts_with('[')) {
    std::size_t end = text.find(']');
    if (end == std::string_view::npos) return false;
    host = text.substr(0, end + 1);
    if (!all(host.substr(1, end - 1), [](char c) { return is_hex(c) || c == ':'; })) return false;
  } else {
    host = text.substr(0, text.find(':'));
    if (!all_parts(host, '.', is_domain_component)) return false;
  }
  std::string_view port = text.substr(host.size());
  return port.empty() || (port.front() == ':' && all(port.substr(1), is_digit));
}

// Runs of lower-case letters and digits, joined by `.`, `_`, `__` or any number of `-`.
bool is_path_component(std::string_view text) {
  auto is_word = [](char c) { return is_lower(c) || is_digit(c); };
  if (text.empty() || !is_word(text.front()) || !is_word(text.back())) return false;
  for (std::size_t i = 0; i < text.size();) {
    if (is_word(text[i])) {
      ++i;
      continue;
    }
    std::size_t begin = i;
    while (!is_word(text[i])) ++i;
    std::string_view separator = text.substr(begin, i - begin);
    bool dashes = all(separator, [](char c) { return c == '-'; });
    if (!dashes && separator != "." && separator != "_" && separator != "__") return false;
  }
  return true;
}

bool is_tag(std::string_view text) {
  auto is_word = [](char c) { return is_alphanumeric(c) || c == '_'; };
  return !text.empty() && text.size() <= longest_tag && is_word(text.front()) &&
         all(text, [&](char c) { return is_word(c) || c == '.' || c == '-'; });
}

bool is_digest(std::string_view text) {
  std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return false;
  std::string_view algorithm = text.substr(0, colon);
  std::string_view hex = text.substr(colon + 1);
  return !algorithm.empty() && is_alpha(algorithm.front()) &&
         all(algorithm,
             [](char c) { return is_alphanumeric(c) || c == '+' || c == '.' || c == '-' || c == '_'; }) &&
         hex.size() >= shortest_digest && all(hex, is_hex);
}

bool names_domain(std::string_view text) {
  return text.find_first_of(".:") != std::string_view::npos || text == "localhost" || to_lower(text) != text;
}

}  // namespace

std::string ImageName::familiar_name() const {
  if (domain != "docker.io") return domain + "/" + path;
  std::string_view library = "library/";
  bool official = path.starts_with(library) && path.find('/', library.size()) == std::string::npos;
  return official ? path.substr(library.size()) : path;
}

std::expected<ImageName, std::string> parse_image_name(std::string_view text) {
  auto fail = [](std::string_view detail = "") {
    return std::unexpected(std::string(invalid_format).append(detail));
  };
  if (text.size() == 64 && all(text, [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); }))
    return std::unexpected("invalid repository name (" + std::string(text) +
                           "), cannot specify 64-byte hexadecimal strings");
  ImageName result;
  std::string_view rest = text;
  std::size_t slash = text.find('/');
  if (slash != std::string_view::npos && names_domain(text.substr(0, slash))) {
    result.domain = text.substr(0, slash);
    rest.remove_prefix(slash + 1);
  }
  if (result.domain.empty() || result.domain == "index.docker.io") result.domain = "docker.io";
  if (std::size_t at = rest.find('@'); at != std::string_view::npos) {
    result.digest = rest.substr(at + 1);
    rest = rest.substr(0, at);
    if (!is_digest(result.digest)) return fail();
  }
  if (std::size_t colon = rest.find(':'); colon != std::string_view::npos) {
    result.tag = rest.substr(colon + 1);
    rest = rest.substr(0, colon);
    if (!is_tag(result.tag)) return fail();
  }
  if (result.domain == "docker.io" && rest.find('/') == std::string_view::npos) result.path = "library/";
  result.path += rest;
  if (to_lower(rest) != rest) return fail(": repository name (" + result.path + ") must be lowercase");
  if (!is_domain(result.domain) || !all_parts(result.path, '/', is_path_component)) return fail();
  if (result.domain.size() + 1 + result.path.size() > longest_name)
    return std::unexpected("repository name must not be more than 255 characters");
  return result;
}

std::string context_name(std::string_view text) {
  auto image = parse_image_name(text);
  if (!image) return std::string(text);
  std::string result = image->familiar_name();
  if (!image->tag.empty() && (image->tag != "latest" || !image->digest.empty())) result += ":" + image->tag;
  if (!image->digest.empty()) result += "@" + image->digest;
  return result;
}

}  // namespace mbuild::parser
