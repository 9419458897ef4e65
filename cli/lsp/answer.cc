#include "cli/lsp/answer.h"

#include <boost/json.hpp>

#include <utility>

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

constexpr std::pair<std::string_view, Answerer> answerers[] = {
    {"textDocument/completion", answer_completion},
    {"textDocument/hover", answer_hover},
    {"textDocument/signatureHelp", answer_signature_help},
    {"textDocument/definition", answer_definition},
    {"textDocument/references", answer_references},
    {"textDocument/documentHighlight", answer_highlights},
    {"textDocument/prepareRename", answer_prepare_rename},
    {"textDocument/rename", answer_rename},
    {"textDocument/documentSymbol", answer_symbols},
    {"textDocument/foldingRange", answer_folding},
    {"textDocument/selectionRange", answer_selection},
    {"textDocument/documentLink", answer_links},
    {"textDocument/semanticTokens/full", answer_tokens},
    {"textDocument/semanticTokens/range", answer_tokens_range},
    {"textDocument/formatting", answer_formatting},
    {"textDocument/rangeFormatting", answer_range_formatting},
    {"textDocument/onTypeFormatting", answer_type_formatting},
    {"textDocument/codeAction", answer_code_actions},
    {"textDocument/inlayHint", answer_inlay_hints},
    {"textDocument/codeLens", answer_code_lenses},
};

}  // namespace

Answerer find_answerer(std::string_view method) {
  for (const auto& [name, answerer] : answerers)
    if (name == method) return answerer;
  return nullptr;
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
