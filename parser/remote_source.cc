#include "parser/remote_source.h"

#include <algorithm>

#include "parser/characters.h"

namespace mbuild::parser {

namespace {

// "git@github.com:user/repository": letters, digits, `-`, `_` before the `@`, no `/` before the `:`.
bool is_scp_like(std::string_view source) {
  std::size_t at = source.find('@');
  if (at == 0 || at == std::string_view::npos) return false;
  bool user = std::all_of(source.begin(), source.begin() + static_cast<std::ptrdiff_t>(at), [](char c) {
    return is_digit(c) || (to_lower(c) >= 'a' && to_lower(c) <= 'z') || c == '-' || c == '_';
  });
  std::size_t end = source.find_first_of(":/ \t", at);
  return user && end != std::string_view::npos && end > at + 1 && source[end] == ':' &&
         end + 1 < source.size();
}

bool names_repository(std::string_view url) {
  return url.substr(0, url.find_first_of("?#")).ends_with(".git");
}

}  // namespace

RemoteSource remote_source(std::string_view source) {
  if (source.starts_with("git://") || source.starts_with("ssh://")) return RemoteSource::git;
  if (source.starts_with("http://") || source.starts_with("https://"))
    return names_repository(source) ? RemoteSource::git : RemoteSource::http;
  return is_scp_like(source) ? RemoteSource::git : RemoteSource::none;
}

}  // namespace mbuild::parser
