// Answers that tell: completion, hover, signature help.
#include <boost/json.hpp>

#include "cli/lsp/answer.h"
#include "parser/language/complete.h"
#include "parser/language/hover.h"
#include "parser/language/signature.h"
#include "parser/unicode.h"

namespace mbuild::cli::lsp {

namespace json = boost::json;
namespace language = parser::language;

namespace {

constexpr std::size_t kMostCompletions = 1000;

// LSP 3.17, "CompletionItemKind".
int kind_number(language::Completion::Kind kind) {
  using Kind = language::Completion::Kind;
  switch (kind) {
    case Kind::keyword:
      return 14;
    case Kind::flag:
      return 10;
    case Kind::value:
      return 12;
    case Kind::stage:
      return 7;
    case Kind::variable:
      return 6;
    case Kind::file:
      return 17;
    case Kind::folder:
      return 19;
    case Kind::image:
      return 9;
    case Kind::user:
      return 21;
  }
  return 1;
}

json::value markup(const ClientAbilities& client, std::string text) {
  return {{"kind", client.markdown ? "markdown" : "plaintext"}, {"value", parser::valid_utf8(text)}};
}

json::value item_of(const Question& question, const language::Completion& completion,
                    const Positions& positions, std::size_t order) {
  json::object item{
      {"label", parser::valid_utf8(completion.label)},
      {"kind", kind_number(completion.kind)},
      {"textEdit", positions.edit_to_json(completion.edit.range, parser::valid_utf8(completion.edit.text))},
      {"insertTextFormat", completion.snippet ? 2 : 1}};
  // The client sorts by this instead of the label: the order here is meant.
  std::string rank = std::to_string(order);
  item["sortText"] = std::string(5 - std::min<std::size_t>(rank.size(), 5), '0') + rank;
  item["filterText"] = parser::valid_utf8(completion.label);
  if (!completion.detail.empty()) item["detail"] = parser::valid_utf8(completion.detail);
  if (!completion.documentation.empty())
    item["documentation"] = markup(question.client, completion.documentation);
  const bool again = completion.kind == language::Completion::Kind::folder || completion.label.ends_with('=');
  if (again) item["command"] = {{"title", "Complete"}, {"command", "editor.action.triggerSuggest"}};
  return item;
}

}  // namespace

json::value answer_completion(const Question& question, const json::value& params) {
  const Positions positions = question.document.positions();
  const std::uint32_t offset = positions.offset(params.at("position"));
  const std::vector<language::Completion> found = language::complete(
      question.analysis(), *question.outside, offset, question.client.snippets, kMostCompletions);
  json::array items;
  // Edits may not reach over a line's end (LSP 3.17, "CompletionItem.textEdit").
  for (const language::Completion& completion : found)
    items.push_back(item_of(question, completion, positions, items.size()));
  return {{"isIncomplete", found.size() == kMostCompletions}, {"items", std::move(items)}};
}

json::value answer_hover(const Question& question, const json::value& params) {
  const Positions positions = question.document.positions();
  const auto found =
      language::hover(question.analysis(), *question.outside, positions.offset(params.at("position")));
  if (!found) return nullptr;
  return {{"contents", markup(question.client, found->text)}, {"range", positions.to_json(found->range)}};
}

json::value answer_signature_help(const Question& question, const json::value& params) {
  const std::uint32_t offset = question.document.positions().offset(params.at("position"));
  const auto help = language::signature_help(question.analysis(), offset);
  if (!help) return nullptr;
  json::array signatures;
  for (const language::Signature& signature : help->signatures) {
    json::array parameters;
    for (parser::Range range : signature.parameters)
      parameters.push_back(json::object{{"label", json::array{range.begin, range.end}}});
    signatures.push_back(json::object{{"label", signature.label},
                                      {"documentation", markup(question.client, help->documentation)},
                                      {"parameters", std::move(parameters)}});
  }
  return {{"signatures", std::move(signatures)},
          {"activeSignature", help->active_signature},
          {"activeParameter", help->active_parameter}};
}

}  // namespace mbuild::cli::lsp
