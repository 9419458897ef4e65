// Answers from the last build: inlay hints and code lenses.
#include <boost/json.hpp>

#include "cli/lsp/answer.h"
#include "parser/language/build_view.h"
#include "parser/unicode.h"

namespace mbuild::cli::lsp {

namespace json = boost::json;
namespace language = parser::language;

namespace {

json::value command_of(const Question& question, const language::CodeLens& lens) {
  std::string_view name;
  switch (lens.kind) {
    case language::CodeLens::Kind::build_stage:
      name = "mbuild.buildStage";
      break;
    case language::CodeLens::Kind::shell_in_stage:
      name = "mbuild.shellInStage";
      break;
    case language::CodeLens::Kind::rebuilds_from_here:
      return {{"title", lens.title}, {"command", ""}};
  }
  return {{"title", lens.title},
          {"command", name},
          {"arguments", json::array{question.document.uri(), lens.stage}}};
}

}  // namespace

json::value answer_inlay_hints(const Question& question, const json::value& params) {
  if (!question.settings.hints) return nullptr;
  const Positions positions = question.document.positions();
  const language::LastBuild build = question.outside->last_build();
  json::array list;
  for (const language::InlayHint& hint :
       language::inlay_hints(question.analysis(), build, positions.range(params.at("range"))))
    list.push_back(json::object{{"position", positions.to_json(hint.offset)},
                                {"label", parser::valid_utf8(hint.label)},
                                {"tooltip", parser::valid_utf8(hint.tooltip)},
                                {"paddingLeft", true}});
  return list;
}

json::value answer_code_lenses(const Question& question, const json::value&) {
  if (!question.settings.lenses) return nullptr;
  const Positions positions = question.document.positions();
  const language::LastBuild build = question.outside->last_build();
  json::array list;
  for (const language::CodeLens& lens : language::code_lenses(question.analysis(), build))
    list.push_back(
        json::object{{"range", positions.to_json(lens.range)}, {"command", command_of(question, lens)}});
  return list;
}

}  // namespace mbuild::cli::lsp
