// Answers about names: definition, references, highlights, rename.
#include <boost/json.hpp>

#include "cli/lsp/answer.h"
#include "parser/language/navigate.h"

namespace mbuild::cli::lsp {

namespace json = boost::json;
namespace language = parser::language;

namespace {

json::value location(const Question& question, const Positions& positions, parser::Range range) {
  return {{"uri", question.document.uri()}, {"range", positions.to_json(range)}};
}

}  // namespace

json::value answer_definition(const Question& question, const json::value& params) {
  const Positions positions = question.document.positions();
  json::array found;
  for (parser::Range range :
       language::find_definition(question.analysis(), positions.offset(params.at("position"))))
    found.push_back(location(question, positions, range));
  if (found.empty()) return nullptr;
  return found;
}

json::value answer_references(const Question& question, const json::value& params) {
  const Positions positions = question.document.positions();
  const bool definitions = params.at("context").at("includeDeclaration").as_bool();
  json::array found;
  for (const language::Occurrence& one :
       language::find_references(question.analysis(), positions.offset(params.at("position")), definitions))
    found.push_back(location(question, positions, one.range));
  return found;
}

json::value answer_highlights(const Question& question, const json::value& params) {
  const Positions positions = question.document.positions();
  json::array found;
  for (const language::Occurrence& one :
       language::find_references(question.analysis(), positions.offset(params.at("position")), true))
    found.push_back(json::object{{"range", positions.to_json(one.range)}, {"kind", one.definition ? 3 : 2}});
  return found;
}

json::value answer_prepare_rename(const Question& question, const json::value& params) {
  const Positions positions = question.document.positions();
  const auto found = language::prepare_rename(question.analysis(), positions.offset(params.at("position")));
  if (!found) return nullptr;
  return {{"range", positions.to_json(found->range)},
          {"placeholder", question.document.source().text(found->range)}};
}

json::value answer_rename(const Question& question, const json::value& params) {
  const Positions positions = question.document.positions();
  const auto edits = language::rename(question.analysis(), positions.offset(params.at("position")),
                                      std::string_view(params.at("newName").as_string()));
  if (!edits) throw RequestError{request_failed, edits.error()};
  return workspace_edit(question, *edits);
}

}  // namespace mbuild::cli::lsp
