// workspace/executeCommand: builds, with progress, and shells.
#include <boost/json.hpp>

#include "cli/lsp/server.h"
#include "parser/unicode.h"

namespace mbuild::cli::lsp {

namespace json = boost::json;

namespace {

std::string notification(std::string_view method, json::value params) {
  return json::serialize(json::object{{"jsonrpc", "2.0"}, {"method", method}, {"params", std::move(params)}});
}

std::string progress(const json::value& token, json::value value) {
  return notification("$/progress", json::object{{"token", token}, {"value", std::move(value)}});
}

std::string response(const json::value& id, json::value result) {
  return json::serialize(json::object{{"jsonrpc", "2.0"}, {"id", id}, {"result", std::move(result)}});
}

}  // namespace

BuildOrder Server::order_of(const Document& document, std::string stage) const {
  return {document.path(), context_of(document), std::string(document.source().text()), std::move(stage),
          settings_.arguments};
}

void Server::execute_command(const json::value& params, const json::value& id) {
  const json::string& command = params.at("command").as_string();
  const bool build = command == "mbuild.buildStage";
  if (!build && command != "mbuild.shellInStage")
    throw RequestError{invalid_params, "unknown command " + std::string(command)};
  const json::array& arguments = params.at("arguments").as_array();
  const auto document = documents_.find(std::string_view(arguments.at(0).as_string()));
  if (document == documents_.end()) throw RequestError{invalid_params, "the document is not open"};
  if (document->second->path().empty())
    throw RequestError{request_failed, "a document that is no file has no build context"};
  std::string stage = arguments.size() > 1 ? std::string(arguments.at(1).as_string()) : "";
  const BuildOrder order = order_of(*document->second, stage);
  if (!build) {
    json::array words;
    for (const std::string& word : ends_.surroundings.shell_command(order))
      words.emplace_back(parser::valid_utf8(word));
    return ends_.send(response(id, json::object{{"terminal", std::move(words)}, {"cwd", order.context}}));
  }

  const json::value token(json::string("mbuild-" + std::to_string(next_id_)));
  if (client_.work_done_progress) ask("window/workDoneProgress/create", json::object{{"token", token}});
  const auto send = ends_.send;
  const bool shown = client_.work_done_progress;
  const std::string title = "Build " + (stage.empty() ? order.path : stage);
  if (shown) send(progress(token, {{"kind", "begin"}, {"title", title}, {"cancellable", true}}));
  BuildWatcher watcher;
  watcher.on_line = [send, token, shown](const std::string& line) {
    send(notification("window/logMessage", json::object{{"type", 4}, {"message", parser::valid_utf8(line)}}));
    if (shown) send(progress(token, {{"kind", "report"}, {"message", parser::valid_utf8(line)}}));
  };
  watcher.on_end = [send, token, shown, id](int exit_code) {
    if (shown) send(progress(token, {{"kind", "end"}, {"message", exit_code == 0 ? "built" : "failed"}}));
    send(response(id, json::object{{"exitCode", exit_code}}));
  };
  builds_[json::serialize(token)] = ends_.surroundings.start_build(order, std::move(watcher));
}

}  // namespace mbuild::cli::lsp
