#include "cli/lsp/document.h"

#include <boost/json.hpp>

#include "parser/characters.h"

namespace mbuild::cli::lsp {

namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c = parser::to_lower(c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

std::string name_of(const std::string& path) {
  const std::string name = path.substr(path.rfind('/') + 1);
  return name.empty() ? "Dockerfile" : name;
}

}  // namespace

Document::Document(std::string uri, Kind kind, std::string text, std::int64_t version, Encoding encoding)
    : uri_(std::move(uri)),
      path_(path_of_uri(uri_).value_or("")),
      kind_(kind),
      version_(version),
      encoding_(encoding),
      source_(name_of(path_), std::move(text)) {}

void Document::change(const boost::json::array& changes, std::int64_t version) {
  version_ = version;
  for (const boost::json::value& change : changes) {
    const boost::json::object& object = change.as_object();
    const boost::json::string& inserted = object.at("text").as_string();
    std::string text;
    if (const boost::json::value* range = object.if_contains("range")) {
      const parser::Range replaced = positions().range(*range);
      text.reserve(source_.text().size() + inserted.size());
      text = source_.text().substr(0, replaced.begin);
      text += inserted;
      text += source_.text().substr(replaced.end);
    } else {
      text = inserted;
    }
    analysis_.reset();
    diagnostics_due = true;
    source_ = parser::Source(source_.name(), std::move(text));
  }
}

const parser::language::Analysis& Document::analysis(const parser::language::AnalysisOptions& options) {
  if (!analysis_) analysis_ = std::make_unique<parser::language::Analysis>(source_, options);
  return *analysis_;
}

std::optional<std::string> path_of_uri(std::string_view uri) {
  if (!uri.starts_with("file://")) return std::nullopt;
  uri.remove_prefix(7);
  const std::size_t slash = uri.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  uri.remove_prefix(slash);  // an authority is "localhost" or empty
  uri = uri.substr(0, uri.find_first_of("?#"));
  std::string path;
  for (std::size_t i = 0; i < uri.size(); ++i) {
    const int high = i + 2 < uri.size() ? hex_value(uri[i + 1]) : -1;
    const int low = i + 2 < uri.size() ? hex_value(uri[i + 2]) : -1;
    if (uri[i] == '%' && high >= 0 && low >= 0) {
      path += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      path += uri[i];
    }
  }
  if (path.find('\0') != std::string::npos) return std::nullopt;
  return path;
}

std::string uri_of_path(std::string_view path) {
  static constexpr std::string_view kept =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/";
  static constexpr std::string_view digits = "0123456789ABCDEF";
  std::string uri = "file://";
  for (char c : path) {
    if (kept.find(c) != std::string_view::npos) {
      uri += c;
      continue;
    }
    uri += '%';
    uri += digits[static_cast<unsigned char>(c) >> 4];
    uri += digits[static_cast<unsigned char>(c) & 15];
  }
  return uri;
}

}  // namespace mbuild::cli::lsp
