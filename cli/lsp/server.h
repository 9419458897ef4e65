// Server: the messages of one client, one after the other (LSP 3.17).
#pragma once

#include <boost/json/fwd.hpp>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "cli/lsp/answer.h"
#include "cli/lsp/document.h"
#include "cli/lsp/settings.h"
#include "cli/lsp/surroundings.h"

namespace mbuild::cli::lsp {

// The outside world of a server, borrowed. `send` takes a body and may be called from any thread; `cancelled`
// asks whether the client has taken a request back, by its id as JSON text.
struct ServerEnds {
  std::function<void(std::string body)> send;
  std::function<bool(const std::string& id)> cancelled;
  Surroundings& surroundings;
  std::string version;  // of the program
};

// Everything happens in the calling thread and takes no longer than the text asks for; no disk and no network
// are waited for. Whatever a client sends, the server goes on.
class Server {
 public:
  explicit Server(ServerEnds ends);
  ~Server();

  // One body: a request, a notification or a response.
  void handle(std::string_view body);
  // To be called when no message waits: sends the diagnostics that are due.
  void settle();
  // What the surroundings say has changed: diagnostics, hints and lenses are due again.
  void surroundings_changed();

  // After `exit`: 0 when `shutdown` came before it, else 1.
  bool ended() const { return ended_; }
  int exit_code() const { return exit_code_; }

 private:
  void handle_request(const boost::json::object& message, const boost::json::value& id);
  void handle_notification(const std::string& method, const boost::json::value& params);
  void handle_response(const boost::json::object& message);

  boost::json::value answer(const std::string& method, const boost::json::value& params,
                            const boost::json::value& id, bool& later);
  boost::json::value initialize(const boost::json::value& params);
  void initialized();
  void execute_command(const boost::json::value& params, const boost::json::value& id);
  void ask(std::string_view method, boost::json::value params);
  void notify(std::string_view method, boost::json::value params);

  void open(const boost::json::value& params);
  void change(const boost::json::value& params);
  void close(const boost::json::value& params);
  void configure(const boost::json::value& section);
  void publish(Document& document);
  std::string context_of(const Document& document) const;
  Question question(Document& document) const;
  BuildOrder order_of(const Document& document, std::string stage) const;

  ServerEnds ends_;
  ClientAbilities client_;
  Settings settings_;
  std::map<std::string, std::unique_ptr<Document>, std::less<>> documents_;
  std::map<std::string, int> builds_;  // by the token of their progress
  std::string configuration_request_;  // the id of workspace/configuration under way
  std::uint64_t next_id_ = 1;
  bool initialized_ = false;
  bool shut_down_ = false;
  bool ended_ = false;
  int exit_code_ = 1;
};

}  // namespace mbuild::cli::lsp
