// Document: a text that the client has open, and what is made of it.
#pragma once

#include <boost/json/fwd.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "cli/lsp/positions.h"
#include "parser/language/analysis.h"

namespace mbuild::cli::lsp {

class Document {
 public:
  enum class Kind { dockerfile, ignore_file };

  Document(std::string uri, Kind kind, std::string text, std::int64_t version, Encoding encoding);

  const std::string& uri() const { return uri_; }
  Kind kind() const { return kind_; }
  std::int64_t version() const { return version_; }
  // The file's path; empty when the URI names none ("untitled:...").
  const std::string& path() const { return path_; }
  const parser::Source& source() const { return source_; }
  Positions positions() const { return Positions(source_, encoding_); }

  // Applies contentChanges of textDocument/didChange, in order (LSP 3.17, "TextDocumentContentChangeEvent").
  // Throws what Boost.JSON throws for what is none; the changes before it are then made.
  void change(const boost::json::array& changes, std::int64_t version);

  // The analysis of the text as it is, made when it is first asked for. `options` count then.
  const parser::language::Analysis& analysis(const parser::language::AnalysisOptions& options);
  // Options are other ones now.
  void forget_analysis() { analysis_.reset(); }

  bool diagnostics_due = true;  // the client has not seen those of this text

 private:
  std::string uri_;
  std::string path_;
  Kind kind_;
  std::int64_t version_;
  Encoding encoding_;
  parser::Source source_;
  std::unique_ptr<const parser::language::Analysis> analysis_;
};

// The path that a file: URI names, decoded; nullopt for others (RFC 8089).
std::optional<std::string> path_of_uri(std::string_view uri);
std::string uri_of_path(std::string_view path);

}  // namespace mbuild::cli::lsp
