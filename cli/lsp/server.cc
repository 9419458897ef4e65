#include "cli/lsp/server.h"

#include <boost/json.hpp>

#include <utility>

#include "cli/lsp/capabilities.h"
#include "parser/path.h"

namespace mbuild::cli::lsp {

namespace json = boost::json;

namespace {

// An id is a number or a string; its JSON text tells them apart.
std::string id_text(const json::value& id) {
  return json::serialize(id);
}

std::string error_body(const json::value& id, int code, std::string_view message) {
  return json::serialize(
      json::object{{"jsonrpc", "2.0"}, {"id", id}, {"error", {{"code", code}, {"message", message}}}});
}

Document::Kind kind_of(std::string_view language, std::string_view uri) {
  const bool ignored = language == "ignore" || language == "dockerignore" || uri.ends_with(".dockerignore");
  return ignored ? Document::Kind::ignore_file : Document::Kind::dockerfile;
}

const json::value& parameter(const json::value& params, std::string_view name) {
  static const json::value none;
  if (!params.is_object()) return none;
  const json::value* found = params.get_object().if_contains(name);
  return found ? *found : none;
}

}  // namespace

Server::Server(ServerEnds ends) : ends_(std::move(ends)) {}
Server::~Server() = default;

void Server::handle(std::string_view body) {
  json::error_code error;
  const json::value message = json::parse(body, error);
  if (error) return ends_.send(error_body(nullptr, parse_error, error.message()));
  if (!message.is_object())
    return ends_.send(error_body(nullptr, invalid_request, "a message must be an object"));
  const json::object& object = message.get_object();
  const json::value* method = object.if_contains("method");
  const json::value* id = object.if_contains("id");
  if (!method) return handle_response(object);
  if (!method->is_string())
    return ends_.send(error_body(id ? *id : json::value(), invalid_request, "a method must be a string"));
  if (id) return handle_request(object, *id);
  const json::value* params = object.if_contains("params");
  try {
    handle_notification(std::string(method->get_string()), params ? *params : json::value());
  } catch (const std::exception&) {
    // A notification has no answer; one that cannot be understood is passed over.
  }
}

void Server::handle_request(const json::object& message, const json::value& id) {
  const json::value* params = message.if_contains("params");
  if (ends_.cancelled(id_text(id)))
    return ends_.send(error_body(id, request_cancelled, "cancelled by the client"));
  try {
    bool later = false;
    json::value result =
        answer(std::string(message.at("method").as_string()), params ? *params : json::value(), id, later);
    if (later) return;
    ends_.send(json::serialize(json::object{{"jsonrpc", "2.0"}, {"id", id}, {"result", std::move(result)}}));
  } catch (const RequestError& error) {
    ends_.send(error_body(id, error.code, error.message));
  } catch (const std::exception& error) {
    ends_.send(error_body(id, invalid_params, error.what()));
  }
}

json::value Server::answer(const std::string& method, const json::value& params, const json::value& id,
                           bool& later) {
  if (method == "initialize") {
    if (initialized_) throw RequestError{invalid_request, "initialize came before"};
    return initialize(params);
  }
  if (!initialized_) throw RequestError{server_not_initialized, "initialize must come first"};
  if (shut_down_) throw RequestError{invalid_request, "the server is shutting down"};
  if (method == "shutdown") {
    shut_down_ = true;
    return nullptr;
  }
  if (method == "workspace/executeCommand") {
    later = true;
    execute_command(params, id);
    return nullptr;
  }
  const Answerer* answerer = find_answerer(method);
  if (!answerer) throw RequestError{method_not_found, "unknown method " + method};
  const json::string& uri = params.at("textDocument").at("uri").as_string();
  const auto document = documents_.find(std::string_view(uri));
  if (document == documents_.end()) throw RequestError{invalid_params, std::string(uri) + " is not open"};
  return (*answerer)(question(*document->second), params);
}

json::value Server::initialize(const json::value& params) {
  initialized_ = true;
  client_ = read_abilities(params);
  configure(parameter(params, "initializationOptions"));
  return server_capabilities(client_, ends_.version);
}

void Server::initialized() {
  if (client_.configuration) {
    configuration_request_ = std::to_string(next_id_);
    ask("workspace/configuration", json::object{{"items", json::array{json::object{{"section", "mbuild"}}}}});
  }
  if (client_.watched_files)
    ask("client/registerCapability",
        {{"registrations",
          json::array{json::object{
              {"id", "files"},
              {"method", "workspace/didChangeWatchedFiles"},
              {"registerOptions", {{"watchers", json::array{json::object{{"globPattern", "**/*"}}}}}}}}}});
}

void Server::handle_notification(const std::string& method, const json::value& params) {
  if (method == "exit") {
    ended_ = true;
    exit_code_ = shut_down_ ? 0 : 1;
  }
  if (!initialized_ || ended_) return;
  if (method == "initialized") return initialized();
  if (method == "textDocument/didOpen") return open(params);
  if (method == "textDocument/didChange") return change(params);
  if (method == "textDocument/didClose") return close(params);
  if (method == "textDocument/didSave" || method == "workspace/didChangeWatchedFiles")
    return ends_.surroundings.refresh();
  if (method == "workspace/didChangeConfiguration") {
    // Clients that answer workspace/configuration send nothing of use here.
    if (client_.configuration) return initialized();
    configure(parameter(parameter(params, "settings"), "mbuild"));
  }
  if (method == "window/workDoneProgress/cancel") {
    const auto build = builds_.find(id_text(parameter(params, "token")));
    if (build != builds_.end()) ends_.surroundings.cancel_build(build->second);
  }
}

void Server::handle_response(const json::object& message) {
  const json::value* id = message.if_contains("id");
  const json::value* result = message.if_contains("result");
  if (!id || !result || !result->is_array() || configuration_request_.empty()) return;
  if (id_text(*id) != configuration_request_) return;
  configuration_request_.clear();
  if (!result->get_array().empty()) configure(result->get_array().front());
}

void Server::configure(const json::value& section) {
  settings_ = read_settings(section);
  for (auto& [uri, document] : documents_) {
    document->forget_analysis();
    document->diagnostics_due = true;
  }
}

void Server::open(const json::value& params) {
  const json::object& given = params.at("textDocument").as_object();
  std::string uri(given.at("uri").as_string());
  const json::value* language = given.if_contains("languageId");
  const std::string name = language && language->is_string() ? std::string(language->get_string()) : "";
  documents_[uri] =
      std::make_unique<Document>(uri, kind_of(name, uri), std::string(given.at("text").as_string()),
                                 given.at("version").to_number<std::int64_t>(), client_.encoding);
  question(*documents_[uri]);  // begins finding out what is around it
}

void Server::change(const json::value& params) {
  const json::object& given = params.at("textDocument").as_object();
  const auto document = documents_.find(std::string_view(given.at("uri").as_string()));
  if (document == documents_.end()) return;
  document->second->change(params.at("contentChanges").as_array(),
                           given.at("version").to_number<std::int64_t>());
}

void Server::close(const json::value& params) {
  const json::string& uri = params.at("textDocument").at("uri").as_string();
  const auto document = documents_.find(std::string_view(uri));
  if (document == documents_.end()) return;
  documents_.erase(document);
  notify("textDocument/publishDiagnostics", json::object{{"uri", uri}, {"diagnostics", json::array()}});
}

void Server::settle() {
  for (auto& [uri, document] : documents_)
    if (document->diagnostics_due) publish(*document);
}

void Server::publish(Document& document) {
  document.diagnostics_due = false;
  notify("textDocument/publishDiagnostics",
         json::object{{"uri", document.uri()},
                      {"version", document.version()},
                      {"diagnostics", diagnostics_to_json(question(document))}});
}

void Server::surroundings_changed() {
  for (auto& [uri, document] : documents_) document->diagnostics_due = true;
  if (client_.refresh_hints) ask("workspace/inlayHint/refresh", nullptr);
  if (client_.refresh_lenses) ask("workspace/codeLens/refresh", nullptr);
}

std::string Server::context_of(const Document& document) const {
  if (document.path().empty()) return "";
  const std::string folder = document.path().substr(0, document.path().rfind('/') + 1);
  if (settings_.context.starts_with('/')) return parser::clean_path(settings_.context);
  return parser::clean_path(folder + settings_.context);
}

Question Server::question(Document& document) const {
  std::string context = context_of(document);
  std::shared_ptr<const parser::language::Outside> outside =
      context.empty() ? std::make_shared<parser::language::NothingOutside>()
                      : ends_.surroundings.around(document.path(), context);
  return {document, settings_, client_, std::move(outside), std::move(context)};
}

void Server::ask(std::string_view method, json::value params) {
  ends_.send(json::serialize(json::object{
      {"jsonrpc", "2.0"}, {"id", next_id_++}, {"method", method}, {"params", std::move(params)}}));
}

void Server::notify(std::string_view method, json::value params) {
  ends_.send(
      json::serialize(json::object{{"jsonrpc", "2.0"}, {"method", method}, {"params", std::move(params)}}));
}

}  // namespace mbuild::cli::lsp
