// Answers about a file's shape: symbols, folds, selections, links, tokens.
#include <boost/json.hpp>

#include "cli/lsp/answer.h"
#include "parser/characters.h"
#include "parser/language/structure.h"
#include "parser/language/tokens.h"

namespace mbuild::cli::lsp {

namespace json = boost::json;
namespace language = parser::language;

namespace {

// LSP 3.17, "SymbolKind".
int kind_number(language::Symbol::Kind kind) {
  switch (kind) {
    case language::Symbol::Kind::stage:
      return 5;
    case language::Symbol::Kind::instruction:
      return 12;
    case language::Symbol::Kind::variable:
      return 13;
    case language::Symbol::Kind::directive:
      return 7;
  }
  return 13;
}

json::value to_json(const language::Symbol& symbol, const Positions& positions) {
  json::object object{{"name", symbol.name.empty() ? " " : symbol.name},
                      {"detail", symbol.detail},
                      {"kind", kind_number(symbol.kind)},
                      {"range", positions.to_json(symbol.range)},
                      {"selectionRange", positions.to_json(symbol.name_range)}};
  json::array children;
  for (const language::Symbol& child : symbol.children) children.push_back(to_json(child, positions));
  if (!children.empty()) object["children"] = std::move(children);
  return object;
}

void add_flat(const Question& question, const language::Symbol& symbol, const Positions& positions,
              const std::string& container, json::array& list) {
  json::object object{
      {"name", symbol.name.empty() ? " " : symbol.name},
      {"kind", kind_number(symbol.kind)},
      {"location", {{"uri", question.document.uri()}, {"range", positions.to_json(symbol.range)}}}};
  if (!container.empty()) object["containerName"] = container;
  list.push_back(std::move(object));
  for (const language::Symbol& child : symbol.children)
    add_flat(question, child, positions, symbol.name, list);
}

// Each token as five numbers, the first two relative to the one before (LSP 3.17, "Semantic Tokens").
json::value encode(const std::vector<language::Token>& tokens, const Positions& positions,
                   parser::Range within) {
  json::array data;
  data.reserve(tokens.size() * 5);
  parser::Position last;
  for (const language::Token& token : tokens) {
    if (token.range.end <= within.begin || token.range.begin >= within.end) continue;
    const parser::Position begin = positions.position(token.range.begin);
    const parser::Position end = positions.position(token.range.end);
    data.push_back(begin.line - last.line);
    data.push_back(begin.line == last.line ? begin.column - last.column : begin.column);
    data.push_back(end.column - begin.column);
    data.push_back(static_cast<unsigned>(token.kind));
    data.push_back(token.definition ? 1u : 0u);
    last = begin;
  }
  return {{"data", std::move(data)}};
}

std::vector<language::Token> tokens_of(const Question& question) {
  if (question.document.kind() == Document::Kind::dockerfile)
    return language::semantic_tokens(question.analysis());
  std::vector<language::Token> tokens;
  const parser::Source& source = question.document.source();
  for (unsigned line = 1; line <= source.line_count(); ++line) {
    const parser::Range range = source.line_range(line);
    if (range.empty()) continue;
    if (source.text(range).starts_with('#'))
      tokens.push_back({language::TokenKind::comment, false, range});
    else if (source.text(range).starts_with('!'))
      tokens.push_back({language::TokenKind::keyword, false, {range.begin, range.begin + 1}});
  }
  return tokens;
}

}  // namespace

json::value answer_symbols(const Question& question, const json::value&) {
  const Positions positions = question.document.positions();
  json::array list;
  for (const language::Symbol& symbol : language::document_symbols(question.analysis())) {
    if (question.client.hierarchical_symbols)
      list.push_back(to_json(symbol, positions));
    else
      add_flat(question, symbol, positions, "", list);
  }
  return list;
}

json::value answer_folding(const Question& question, const json::value&) {
  json::array list;
  for (const language::Fold& fold : language::folding_ranges(question.analysis())) {
    json::object object{{"startLine", fold.first_line}, {"endLine", fold.last_line}};
    if (fold.kind == language::Fold::Kind::comment) object["kind"] = "comment";
    list.push_back(std::move(object));
  }
  return list;
}

json::value answer_selection(const Question& question, const json::value& params) {
  const Positions positions = question.document.positions();
  json::array list;
  for (const json::value& position : params.at("positions").as_array()) {
    const auto chain = language::selection_ranges(question.analysis(), positions.offset(position));
    json::value outer;
    for (auto range = chain.rbegin(); range != chain.rend(); ++range) {
      json::object object{{"range", positions.to_json(*range)}};
      if (outer.is_object()) object["parent"] = std::move(outer);
      outer = std::move(object);
    }
    if (outer.is_null()) outer = json::object{{"range", positions.to_json(parser::Range{})}};
    list.push_back(std::move(outer));
  }
  return list;
}

json::value answer_links(const Question& question, const json::value&) {
  const Positions positions = question.document.positions();
  json::array list;
  for (const language::Link& link : language::document_links(question.analysis(), *question.outside)) {
    const std::string target =
        link.target.empty() ? uri_of_path(question.context + "/" + link.path) : link.target;
    list.push_back(json::object{
        {"range", positions.to_json(link.range)}, {"target", target}, {"tooltip", link.tooltip}});
  }
  return list;
}

json::value answer_tokens(const Question& question, const json::value&) {
  return encode(tokens_of(question), question.document.positions(), {0, UINT32_MAX});
}

json::value answer_tokens_range(const Question& question, const json::value& params) {
  const Positions positions = question.document.positions();
  return encode(tokens_of(question), positions, positions.range(params.at("range")));
}

}  // namespace mbuild::cli::lsp
