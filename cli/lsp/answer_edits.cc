// Answers that change the text: formatting and code actions.
#include <boost/json.hpp>

#include "cli/lsp/answer.h"
#include "parser/language/actions.h"

namespace mbuild::cli::lsp {

namespace json = boost::json;
namespace language = parser::language;

namespace {

// The kinds that the client wants; all when it does not say.
bool wanted(const json::value& params, std::string_view kind) {
  const json::object& context = params.at("context").as_object();
  const json::value* only = context.if_contains("only");
  if (!only || !only->is_array()) return true;
  for (const json::value& one : only->get_array()) {
    if (!one.is_string()) continue;
    const std::string_view given = one.get_string();
    if (kind == given || (kind.starts_with(given) && (given.empty() || kind[given.size()] == '.')))
      return true;
  }
  return false;
}

// The diagnostic as the client has it, so that it knows what the action settles.
json::array settled(const json::value& params, const language::Action& action, const Positions& positions) {
  json::array list;
  const json::object& context = params.at("context").as_object();
  const json::value* known = context.if_contains("diagnostics");
  if (!known || !known->is_array() || !action.settles) return list;
  const json::value range = positions.to_json(action.settles->range);
  for (const json::value& diagnostic : known->get_array()) {
    if (!diagnostic.is_object()) continue;
    const json::value* code = diagnostic.get_object().if_contains("code");
    const json::value* where = diagnostic.get_object().if_contains("range");
    if (code && where && *where == range && code->is_string() && code->get_string() == action.settles->code)
      list.push_back(diagnostic);
  }
  return list;
}

}  // namespace

json::value answer_formatting(const Question& question, const json::value&) {
  return edits_to_json(parser::format_edits(question.analysis().parsed(), question.settings.format),
                       question.document.positions());
}

json::value answer_range_formatting(const Question& question, const json::value& params) {
  const Positions positions = question.document.positions();
  return edits_to_json(language::format_range(question.analysis(), positions.range(params.at("range")),
                                              question.settings.format),
                       positions);
}

json::value answer_type_formatting(const Question& question, const json::value& params) {
  const Positions positions = question.document.positions();
  const bool line_break = params.at("ch").as_string() == "\n";
  const auto format = line_break ? language::format_on_line_break : language::format_on_escape;
  return edits_to_json(
      format(question.analysis(), positions.offset(params.at("position")), question.settings.format),
      positions);
}

json::value answer_code_actions(const Question& question, const json::value& params) {
  const Positions positions = question.document.positions();
  const parser::Range range = positions.range(params.at("range"));
  const std::vector<parser::Diagnostic> diagnostics = question.analysis().diagnostics(*question.outside);
  json::array list;
  for (const language::Action& action : language::code_actions(question.analysis(), diagnostics, range)) {
    const std::string_view kind = action.settles ? "quickfix" : "refactor.rewrite";
    if (!wanted(params, kind)) continue;
    json::object object{
        {"title", action.title}, {"kind", kind}, {"edit", workspace_edit(question, action.edits)}};
    if (action.preferred) object["isPreferred"] = true;
    if (json::array about = settled(params, action, positions); !about.empty())
      object["diagnostics"] = std::move(about);
    list.push_back(std::move(object));
  }
  const std::vector<parser::TextEdit> all = language::fix_all(diagnostics);
  if (!all.empty() && wanted(params, "source.fixAll.mbuild"))
    list.push_back(json::object{{"title", "Fix all that can be fixed"},
                                {"kind", "source.fixAll.mbuild"},
                                {"edit", workspace_edit(question, all)}});
  return list;
}

}  // namespace mbuild::cli::lsp
