// Answers to the requests about one document.
#pragma once

#include <boost/json/fwd.hpp>

#include <memory>
#include <string>

#include "cli/lsp/document.h"
#include "cli/lsp/settings.h"
#include "parser/language/outside.h"

namespace mbuild::cli::lsp {

// What the client has said it can do.
struct ClientAbilities {
  Encoding encoding = Encoding::utf16;
  bool snippets = false;
  bool hierarchical_symbols = false;
  bool markdown = true;
  bool configuration = false;       // workspace/configuration
  bool work_done_progress = false;  // window/workDoneProgress/create
  bool refresh_hints = false;
  bool refresh_lenses = false;
  bool watched_files = false;  // workspace/didChangeWatchedFiles by registration
};

struct Question {
  Document& document;
  const Settings& settings;
  const ClientAbilities& client;
  std::shared_ptr<const parser::language::Outside> outside;
  std::string context;  // a directory; empty when there is none

  const parser::language::Analysis& analysis() const { return document.analysis(settings.analysis); }
};

// An answer that is an error (LSP 3.17, "ErrorCodes").
struct RequestError {
  int code;
  std::string message;
};
inline constexpr int invalid_request = -32600, method_not_found = -32601, invalid_params = -32602,
                     parse_error = -32700, server_not_initialized = -32002, request_cancelled = -32800,
                     request_failed = -32803;

// They throw RequestError, and what Boost.JSON throws for parameters that are none.
using Answer = boost::json::value (*)(const Question& question, const boost::json::value& params);

// What answers a "textDocument/..." request.
struct Answerer {
  std::string_view method;
  Answer of_dockerfile;
  Answer of_ignore_file;  // null: what the request is about makes no sense there

  // The answer for the kind of document that is asked about: null where none makes sense.
  boost::json::value operator()(const Question& question, const boost::json::value& params) const;
};

// Null for an unknown method.
const Answerer* find_answerer(std::string_view method);

boost::json::array edits_to_json(const std::vector<parser::TextEdit>& edits, const Positions& positions);
// The same as a change of the document (LSP 3.17, "WorkspaceEdit").
boost::json::object workspace_edit(const Question& question, const std::vector<parser::TextEdit>& edits);

boost::json::array diagnostics_to_json(const Question& question);

// One function a request, in answer_*.cc.
boost::json::value answer_completion(const Question&, const boost::json::value&);
boost::json::value answer_hover(const Question&, const boost::json::value&);
boost::json::value answer_signature_help(const Question&, const boost::json::value&);
boost::json::value answer_definition(const Question&, const boost::json::value&);
boost::json::value answer_references(const Question&, const boost::json::value&);
boost::json::value answer_highlights(const Question&, const boost::json::value&);
boost::json::value answer_prepare_rename(const Question&, const boost::json::value&);
boost::json::value answer_rename(const Question&, const boost::json::value&);
boost::json::value answer_symbols(const Question&, const boost::json::value&);
boost::json::value answer_folding(const Question&, const boost::json::value&);
boost::json::value answer_selection(const Question&, const boost::json::value&);
boost::json::value answer_links(const Question&, const boost::json::value&);
boost::json::value answer_tokens(const Question&, const boost::json::value&);
boost::json::value answer_tokens_range(const Question&, const boost::json::value&);
boost::json::value answer_formatting(const Question&, const boost::json::value&);
boost::json::value answer_range_formatting(const Question&, const boost::json::value&);
boost::json::value answer_type_formatting(const Question&, const boost::json::value&);
boost::json::value answer_code_actions(const Question&, const boost::json::value&);
boost::json::value answer_inlay_hints(const Question&, const boost::json::value&);
boost::json::value answer_code_lenses(const Question&, const boost::json::value&);

}  // namespace mbuild::cli::lsp
