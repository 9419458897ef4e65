#include "parser/remote_source.h"

#include <algorithm>
#include <array>
#include <vector>

#include "parser/characters.h"
#include "parser/path.h"

namespace mbuild::parser {

namespace {

bool is_scheme(std::string_view text, std::string_view scheme) {
  return text.size() > scheme.size() && to_lower(text.substr(0, scheme.size())) == scheme;
}

bool is_web(std::string_view text) {
  return is_scheme(text, "http://") || is_scheme(text, "https://");
}

bool has_control_character(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](unsigned char c) { return c < 0x21 || c == 0x7f || c == '\\'; });
}

bool is_word(std::string_view text, std::string_view others) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) ||
           others.find(c) != std::string_view::npos;
  });
}

// "user@host:path": the three parts.
struct ScpAddress {
  std::string_view user, host, path;
};

std::optional<ScpAddress> read_scp(std::string_view text) {
  std::size_t at = text.find('@');
  if (at == std::string_view::npos || text.find("://") != std::string_view::npos) return std::nullopt;
  std::size_t colon = text.find(':', at);
  if (colon == std::string_view::npos) return std::nullopt;
  ScpAddress address{text.substr(0, at), text.substr(at + 1, colon - at - 1), text.substr(colon + 1)};
  if (!is_word(address.user, "-_") || !is_word(address.host, "-.")) return std::nullopt;
  return address;
}

// An address cut at "?" and "#".
struct Parts {
  std::string_view address, query, fragment;
  bool has_query = false;
};

Parts split(std::string_view text) {
  Parts parts;
  std::size_t hash = text.find('#');
  if (hash != std::string_view::npos) parts.fragment = text.substr(hash + 1);
  text = text.substr(0, hash);
  std::size_t question = text.find('?');
  parts.has_query = question != std::string_view::npos;
  if (parts.has_query) parts.query = text.substr(question + 1);
  parts.address = text.substr(0, question);
  return parts;
}

int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string percent_decode(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    bool escape =
        text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 && hex_value(text[i + 2]) >= 0;
    if (!escape) {
      decoded += text[i];
      continue;
    }
    decoded += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
    i += 2;
  }
  return decoded;
}

std::string clean_subdir(std::string_view subdir) {
  return clean_path("/" + std::string(subdir)).substr(1);
}

std::string quoted(std::string_view text) {
  return '"' + std::string(text) + '"';
}

// Reads the query's keys into a GitSource, one after the other.
class QueryReader {
 public:
  QueryReader(GitSource& source, const std::string& fragment_subdir)
      : source_(source), fragment_subdir_(fragment_subdir) {}

  std::expected<void, std::string> read(std::string_view query) {
    while (!query.empty()) {
      std::size_t end = query.find('&');
      std::string_view item = query.substr(0, end);
      query = end == std::string_view::npos ? "" : query.substr(end + 1);
      if (item.empty()) continue;
      std::size_t equals = item.find('=');
      std::string key = percent_decode(item.substr(0, equals));
      std::optional<std::string> value;
      if (equals != std::string_view::npos) value = percent_decode(item.substr(equals + 1));
      if (std::find(seen_.begin(), seen_.end(), key) != seen_.end())
        return std::unexpected("query " + quoted(key) + " has multiple values");
      seen_.push_back(key);
      if (auto taken = take(key, value); !taken) return taken;
    }
    return {};
  }

 private:
  std::expected<void, std::string> take(const std::string& key, const std::optional<std::string>& value) {
    if (key == "keep-git-dir") return take_bool(key, value, source_.keep_git_dir);
    if (key == "submodules") return take_bool(key, value, source_.submodules);
    if (key == "fetch-by-commit") return take_bool(key, value, source_.fetch_by_commit);
    constexpr std::array<std::string_view, 7> known = {"ref",      "tag",    "branch", "subdir",
                                                       "checksum", "commit", "mtime"};
    if (std::find(known.begin(), known.end(), key) == known.end())
      return std::unexpected("unexpected query " + quoted(key));
    if (!value || value->empty()) return std::unexpected("query " + quoted(key) + " has no value");
    if (key == "ref") return take_ref(key, *value);
    if (key == "tag") return take_ref(key, "refs/tags/" + *value);
    if (key == "branch") return take_ref(key, "refs/heads/" + *value);
    if (key == "subdir") return take_subdir(*value);
    if (key == "mtime") return take_mtime(*value);
    if (!source_.checksum.empty() && source_.checksum != *value)
      return std::unexpected("checksum conflicts with commit");
    source_.checksum = *value;
    return {};
  }

  std::expected<void, std::string> take_ref(const std::string& key, std::string ref) {
    if (!source_.ref.empty() && source_.ref != ref)
      return std::unexpected(key + " conflicts with " + (ref_key_.empty() ? "the ref after #" : ref_key_));
    ref_key_ = key;
    source_.ref = std::move(ref);
    return {};
  }

  std::expected<void, std::string> take_subdir(const std::string& value) {
    std::string subdir = clean_subdir(value);
    if (!fragment_subdir_.empty() && fragment_subdir_ != subdir)
      return std::unexpected("subdir conflicts with the one after #");
    source_.subdir = std::move(subdir);
    return {};
  }

  std::expected<void, std::string> take_mtime(const std::string& value) {
    if (value != "checkout" && value != "commit")
      return std::unexpected("invalid mtime " + quoted(value) + ": must be checkout or commit");
    source_.commit_time = value == "commit";
    return {};
  }

  static std::expected<void, std::string> take_bool(const std::string& key,
                                                    const std::optional<std::string>& value, bool& target) {
    std::string text = to_lower(value.value_or("true"));
    bool yes = text == "true" || text == "1" || text.empty();
    if (!yes && text != "false" && text != "0")
      return std::unexpected("invalid value for query " + quoted(key) + ": " + quoted(text));
    target = yes;
    return {};
  }

  GitSource& source_;
  const std::string& fragment_subdir_;
  std::string ref_key_;
  std::vector<std::string> seen_;
};

std::expected<void, std::string> check_address(const std::string& remote) {
  std::string_view host, path;
  if (auto scp = read_scp(remote)) {
    host = scp->host;
    path = scp->path;
  } else {
    std::size_t begin = remote.find("://") + 3;
    std::size_t slash = remote.find('/', begin);
    std::string_view authority = std::string_view(remote).substr(begin, slash - begin);
    std::size_t at = authority.rfind('@');
    host = at == std::string_view::npos ? authority : authority.substr(at + 1);
    if (authority.starts_with('-')) host = authority;
    path = slash == std::string::npos ? "" : std::string_view(remote).substr(slash);
  }
  if (host.empty()) return std::unexpected("the address has no host");
  if (path.empty() || path == "/") return std::unexpected("the address has no path");
  if (host.starts_with('-') || path.starts_with('-'))
    return std::unexpected("an address must not begin with \"-\"");
  return {};
}

std::expected<void, std::string> check(const GitSource& source) {
  for (const std::string& text : {source.remote, source.ref})
    if (has_control_character(text))
      return std::unexpected(quoted(text) + " has a blank, a backslash or a control character in it");
  if (auto address = check_address(source.remote); !address) return address;
  if (source.ref.starts_with('-')) return std::unexpected("invalid ref " + quoted(source.ref));
  if (source.ref.find_first_of("~^:?*[") != std::string::npos || source.ref.find("..") != std::string::npos)
    return std::unexpected("invalid ref " + quoted(source.ref));
  bool hex = source.checksum.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (!hex || source.checksum.size() > 64)
    return std::unexpected("invalid checksum " + quoted(source.checksum) + ": expected hex commit hash");
  return {};
}

}  // namespace

SourceKind source_kind(std::string_view source) {
  if (is_web(source)) return split(source).address.ends_with(".git") ? SourceKind::git : SourceKind::http;
  if (is_scheme(source, "git://") || is_scheme(source, "ssh://")) return SourceKind::git;
  return read_scp(split(source).address) ? SourceKind::git : SourceKind::local;
}

SourceKind context_kind(std::string_view context) {
  if (context.starts_with("github.com/") && context.size() > 11) return SourceKind::git;
  return source_kind(context);
}

std::expected<GitSource, std::string> read_git_source(std::string_view text) {
  Parts parts = split(text);
  GitSource source;
  source.remote = parts.address;
  if (source.remote.starts_with("github.com/")) source.remote = "https://" + source.remote;
  std::size_t colon = parts.fragment.find(':');
  source.ref = parts.fragment.substr(0, colon);
  if (colon != std::string_view::npos) source.subdir = clean_subdir(parts.fragment.substr(colon + 1));
  const std::string fragment_subdir = source.subdir;
  if (auto read = QueryReader(source, fragment_subdir).read(parts.query); !read)
    return std::unexpected(read.error());
  if (auto checked = check(source); !checked) return std::unexpected(checked.error());
  return source;
}

std::expected<void, std::string> apply_git_flags(GitSource& source, const std::string& checksum,
                                                 std::optional<bool> keep_git_dir) {
  if (keep_git_dir) {
    if (source.keep_git_dir && !*keep_git_dir)
      return std::unexpected("inconsistent keep-git-dir configuration");
    source.keep_git_dir = *keep_git_dir;
  }
  if (checksum.empty()) return {};
  if (!source.checksum.empty() && source.checksum != checksum)
    return std::unexpected("checksum mismatch: " + quoted(source.checksum) + " and " + quoted(checksum));
  source.checksum = checksum;
  return check(source);
}

std::string GitSource::display() const {
  std::string text = without_password(remote);
  if (!ref.empty() || !subdir.empty()) text += "#" + ref;
  if (!subdir.empty()) text += ":" + subdir;
  return text;
}

std::string download_name(std::string_view url) {
  std::string_view address = split(url).address;
  std::size_t authority = address.find("://");
  if (authority == std::string_view::npos) return "__unnamed__";
  std::size_t path = address.find('/', authority + 3);
  if (path == std::string_view::npos) return "__unnamed__";
  std::string decoded = percent_decode(address.substr(path));
  std::size_t end = decoded.find_last_not_of('/');
  if (end == std::string::npos) return "__unnamed__";
  decoded.resize(end + 1);
  std::string name = decoded.substr(decoded.rfind('/') + 1);
  bool usable = name != "." && name != ".." && name.size() < 256 && name.find('\0') == std::string::npos;
  return usable ? name : "__unnamed__";
}

std::string without_password(std::string_view url) {
  std::size_t begin = url.find("://");
  if (begin == std::string_view::npos) return std::string(url);
  begin += 3;
  std::size_t end = std::min(url.find('/', begin), url.size());
  std::size_t at = url.substr(0, end).rfind('@');
  if (at == std::string_view::npos || at < begin) return std::string(url);
  std::size_t colon = url.find(':', begin);
  // What stands alone before the "@" of a web address is often a token.
  bool secret = colon < at || is_web(url);
  if (!secret) return std::string(url);
  return std::string(url.substr(0, begin)) + "xxxxx" + std::string(url.substr(at));
}

}  // namespace mbuild::parser
