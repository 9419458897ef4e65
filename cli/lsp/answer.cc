#include "cli/lsp/answer.h"

#include <boost/json.hpp>

#include "cli/lsp/ignore_document.h"

namespace mbuild::cli::lsp {

namespace json = boost::json;

namespace {

int severity_number(parser::Severity severity) {
  switch (severity) {
    case parser::Severity::error:
      return 1;
    case parser::Severity::warning:
      return 2;
    case parser::Severity::hint:
      return 4;
  }
  return 3;
}

constexpr Answerer answerers[] = {
    {"textDocument/completion", answer_completion, nullptr},
    {"textDocument/hover", answer_hover, nullptr},
    {"textDocument/signatureHelp", answer_signature_help, nullptr},
    {"textDocument/definition", answer_definition, nullptr},
    {"textDocument/references", answer_references, nullptr},
    {"textDocument/documentHighlight", answer_highlights, nullptr},
    {"textDocument/prepareRename", answer_prepare_rename, nullptr},
    {"textDocument/rename", answer_rename, nullptr},
    {"textDocument/documentSymbol", answer_symbols, nullptr},
    {"textDocument/foldingRange", answer_folding, nullptr},
    {"textDocument/selectionRange", answer_selection, nullptr},
    {"textDocument/documentLink", answer_links, nullptr},
    {"textDocument/semanticTokens/full", answer_tokens, answer_tokens},
    {"textDocument/semanticTokens/range", answer_tokens_range, answer_tokens_range},
    {"textDocument/formatting", answer_formatting, nullptr},
    {"textDocument/rangeFormatting", answer_range_formatting, nullptr},
    {"textDocument/onTypeFormatting", answer_type_formatting, nullptr},
    {"textDocument/codeAction", answer_code_actions, nullptr},
    {"textDocument/inlayHint", answer_inlay_hints, nullptr},
    {"textDocument/codeLens", answer_code_lenses, nullptr},
};

}  // namespace

json::value Answerer::operator()(const Question& question, const json::value& params) const {
  const Answer answer =
      question.document.kind() == Document::Kind::ignore_file ? of_ignore_file : of_dockerfile;
  return answer ? answer(question, params) : nullptr;
}

const Answerer* find_answerer(std::string_view method) {
  for (const Answerer& answerer : answerers)
    if (answerer.method == method) return &answerer;
  return nullptr;
}

json::array edits_to_json(const std::vector<parser::TextEdit>& edits, const Positions& positions) {
  json::array list;
  for (const parser::TextEdit& edit : edits) list.push_back(positions.edit_to_json(edit.range, edit.text));
  return list;
}

json::object workspace_edit(const Question& question, const std::vector<parser::TextEdit>& edits) {
  json::object by_uri;
  by_uri[question.document.uri()] = edits_to_json(edits, question.document.positions());
  return {{"changes", std::move(by_uri)}};
}

json::array diagnostics_to_json(const Question& question) {
  json::array list;
  const Positions positions = question.document.positions();
  const std::vector<parser::Diagnostic> found = question.document.kind() == Document::Kind::ignore_file
                                                    ? ignore_diagnostics(question.document.source())
                                                    : question.analysis().diagnostics(*question.outside);
  for (const parser::Diagnostic& diagnostic : found) {
    json::object object{{"range", positions.to_json(diagnostic.range)},
                        {"severity", severity_number(diagnostic.severity)},
                        {"code", diagnostic.code},
                        {"source", "mbuild"},
                        {"message", diagnostic.message}};
    if (diagnostic.code == "MaintainerDeprecated") object["tags"] = json::array{2};
    json::array related;
    for (const parser::Related& other : diagnostic.related)
      related.push_back(json::object{
          {"location", {{"uri", question.document.uri()}, {"range", positions.to_json(other.range)}}},
          {"message", other.message}});
    if (!related.empty()) object["relatedInformation"] = std::move(related);
    list.push_back(std::move(object));
  }
  return list;
}

}  // namespace mbuild::cli::lsp
