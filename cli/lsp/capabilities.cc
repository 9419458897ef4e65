#include "cli/lsp/capabilities.h"

#include <boost/json.hpp>

#include "parser/language/tokens.h"

namespace mbuild::cli::lsp {

namespace json = boost::json;

namespace {

// The value at a path of keys; null when there is none.
const json::value* find(const json::value& from, std::initializer_list<std::string_view> path) {
  const json::value* at = &from;
  for (std::string_view key : path) {
    if (!at->is_object()) return nullptr;
    at = at->get_object().if_contains(key);
    if (!at) return nullptr;
  }
  return at;
}

bool is_true(const json::value& from, std::initializer_list<std::string_view> path) {
  const json::value* value = find(from, path);
  return value && value->is_bool() && value->get_bool();
}

bool contains(const json::value& from, std::initializer_list<std::string_view> path, std::string_view text) {
  const json::value* list = find(from, path);
  if (!list || !list->is_array()) return false;
  for (const json::value& one : list->get_array())
    if (one.is_string() && one.get_string() == text) return true;
  return false;
}

json::value token_legend() {
  json::array types;
  for (std::string_view name : parser::language::token_type_names) types.emplace_back(name);
  return {{"tokenTypes", std::move(types)}, {"tokenModifiers", json::array{"declaration"}}};
}

}  // namespace

ClientAbilities read_abilities(const json::value& params) {
  ClientAbilities client;
  if (contains(params, {"capabilities", "general", "positionEncodings"}, "utf-8"))
    client.encoding = Encoding::utf8;
  client.snippets =
      is_true(params, {"capabilities", "textDocument", "completion", "completionItem", "snippetSupport"});
  client.hierarchical_symbols = is_true(
      params, {"capabilities", "textDocument", "documentSymbol", "hierarchicalDocumentSymbolSupport"});
  const auto formats = {std::string_view("capabilities"), std::string_view("textDocument"),
                        std::string_view("hover"), std::string_view("contentFormat")};
  client.markdown = find(params, formats) == nullptr || contains(params, formats, "markdown");
  client.configuration = is_true(params, {"capabilities", "workspace", "configuration"});
  client.work_done_progress = is_true(params, {"capabilities", "window", "workDoneProgress"});
  client.refresh_hints = is_true(params, {"capabilities", "workspace", "inlayHint", "refreshSupport"});
  client.refresh_lenses = is_true(params, {"capabilities", "workspace", "codeLens", "refreshSupport"});
  client.watched_files =
      is_true(params, {"capabilities", "workspace", "didChangeWatchedFiles", "dynamicRegistration"});
  return client;
}

json::value server_capabilities(const ClientAbilities& client, std::string_view version) {
  json::object capabilities{
      {"positionEncoding", client.encoding == Encoding::utf8 ? "utf-8" : "utf-16"},
      {"textDocumentSync", {{"openClose", true}, {"change", 2}, {"save", {{"includeText", false}}}}},
      {"completionProvider", {{"triggerCharacters", json::array{"=", " ", "$", "{", "-", "/", ",", ":"}}}},
      {"hoverProvider", true},
      {"signatureHelpProvider", {{"triggerCharacters", json::array{" ", "-", "[", ",", "\""}}}},
      {"definitionProvider", true},
      {"referencesProvider", true},
      {"documentHighlightProvider", true},
      {"renameProvider", {{"prepareProvider", true}}},
      {"documentSymbolProvider", true},
      {"foldingRangeProvider", true},
      {"selectionRangeProvider", true},
      {"documentLinkProvider", {{"resolveProvider", false}}},
      {"semanticTokensProvider", {{"legend", token_legend()}, {"full", true}, {"range", true}}},
      {"documentFormattingProvider", true},
      {"documentRangeFormattingProvider", true},
      {"documentOnTypeFormattingProvider",
       {{"firstTriggerCharacter", "\n"}, {"moreTriggerCharacter", json::array{"\\", "`"}}}},
      {"codeActionProvider",
       {{"codeActionKinds", json::array{"quickfix", "refactor.rewrite", "source.fixAll.mbuild"}}}},
      {"inlayHintProvider", true},
      {"codeLensProvider", {{"resolveProvider", false}}},
      {"executeCommandProvider",
       {{"commands", json::array{"mbuild.buildStage", "mbuild.shellInStage"}}, {"workDoneProgress", true}}}};
  return {{"capabilities", std::move(capabilities)},
          {"serverInfo", {{"name", "mbuild"}, {"version", version}}}};
}

}  // namespace mbuild::cli::lsp
