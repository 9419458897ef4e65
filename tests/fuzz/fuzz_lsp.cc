// The language server: any messages, and edits and requests over any text.
#include <boost/json.hpp>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "cli/lsp/server.h"

namespace {

namespace json = boost::json;
using namespace mbuild::cli::lsp;

// Files and images of names that texts may ask for; nothing is read.
class Known : public mbuild::parser::language::Outside {
 public:
  std::vector<mbuild::parser::language::ContextFile> files(std::string_view) const override {
    return {{"a", false}, {"b", true}};
  }
  std::shared_ptr<const mbuild::parser::PatternMatcher> ignored() const override { return nullptr; }
  std::vector<std::string> images() const override { return {"a:1"}; }
  std::optional<mbuild::parser::language::ImageFacts> image(std::string_view name) const override {
    mbuild::parser::language::ImageFacts facts;
    facts.name = name;
    facts.environment["A"] = "b";
    return facts;
  }
  std::optional<mbuild::parser::language::ImageUsers> users(std::string_view) const override {
    return mbuild::parser::language::ImageUsers{{"root"}, {"wheel"}};
  }
  mbuild::parser::language::LastBuild last_build() const override {
    using Step = mbuild::parser::language::BuiltStep;
    return {{1, 1, "RUN a", Step::Outcome::executed, 5, 6, "changed"},
            {2, 2, "COPY a b", Step::Outcome::failed, 5, 0, "no"}};
  }
};

class NoFiles : public Surroundings {
 public:
  std::shared_ptr<const mbuild::parser::language::Outside> around(const std::string&,
                                                                  const std::string&) override {
    return std::make_shared<Known>();
  }
  void refresh() override {}
  int start_build(const BuildOrder&, BuildWatcher watcher) override {
    watcher.on_line("a");
    watcher.on_end(0);
    return 1;
  }
  void cancel_build(int) override {}
  std::vector<std::string> shell_command(const BuildOrder&) override { return {"a"}; }
};

constexpr std::string_view methods[] = {"completion",          "hover",
                                        "signatureHelp",       "definition",
                                        "references",          "documentHighlight",
                                        "prepareRename",       "rename",
                                        "documentSymbol",      "foldingRange",
                                        "selectionRange",      "documentLink",
                                        "semanticTokens/full", "semanticTokens/range",
                                        "formatting",          "rangeFormatting",
                                        "onTypeFormatting",    "codeAction",
                                        "inlayHint",           "codeLens"};

class Bytes {
 public:
  Bytes(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}
  bool empty() const { return at_ >= size_; }
  unsigned take() { return empty() ? 0 : data_[at_++]; }
  std::string take_text(std::size_t size) {
    std::string text;
    while (size-- > 0 && !empty()) {
      const char c = static_cast<char>(take());
      text += static_cast<unsigned char>(c) < 0x80 ? std::string(1, c) : std::string("\xF0\x9F\x98\x80");
    }
    return text;
  }

 private:
  const std::uint8_t* data_;
  std::size_t size_;
  std::size_t at_ = 0;
};

json::value place(Bytes& bytes) {
  const unsigned line = bytes.take() % 24, character = bytes.take() % 80;
  return json::object{{"line", line}, {"character", character}};
}

// Calls the server with a message about the open document.
void say(Server& server, std::string_view method, json::object params, bool request) {
  params["textDocument"] = json::object{{"uri", "file:///d/Dockerfile"}, {"version", 2}};
  json::object message{{"jsonrpc", "2.0"}, {"method", method}, {"params", std::move(params)}};
  if (request) message["id"] = 1;
  server.handle(json::serialize(message));
}

void edit(Server& server, Bytes& bytes) {
  const json::value from = place(bytes);
  const json::value to = place(bytes);
  const std::string text = bytes.take_text(bytes.take() % 24);
  say(server, "textDocument/didChange",
      {{"contentChanges",
        json::array{json::object{{"range", json::object{{"start", from}, {"end", to}}}, {"text", text}}}}},
      false);
}

void ask(Server& server, Bytes& bytes) {
  const std::string method = "textDocument/" + std::string(methods[bytes.take() % std::size(methods)]);
  const json::value from = place(bytes);
  const json::value to = place(bytes);
  say(server, method,
      {{"position", from},
       {"positions", json::array{from, to}},
       {"range", json::object{{"start", from}, {"end", to}}},
       {"context", json::object{{"includeDeclaration", true}, {"diagnostics", json::array()}}},
       {"newName", "other"},
       {"ch", bytes.take() % 2 ? "\n" : "\\"}},
      true);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  NoFiles surroundings;
  // Whatever is sent must be JSON.
  const auto send = [](const std::string& body) {
    json::error_code error;
    static_cast<void>(json::parse(body, error));
    if (error) std::abort();
  };
  Server server({send, [](const std::string&) { return false; }, surroundings, "0"});
  Bytes bytes(data, size);
  const unsigned choice = bytes.take();
  if (choice % 8 == 0)
    server.handle(std::string_view(reinterpret_cast<const char*>(data), size).substr(size ? 1 : 0));
  const std::string encodings = choice % 2 ? R"(["utf-8"])" : R"(["utf-16"])";
  server.handle(R"({"id":1,"method":"initialize","params":{"capabilities":{"general":{"positionEncodings":)" +
                encodings + "}}}}");
  if (choice % 8 == 0)
    server.handle(std::string_view(reinterpret_cast<const char*>(data), size).substr(size ? 1 : 0));
  const std::string text = bytes.take_text((bytes.take() | bytes.take() << 8) % 2048);
  server.handle(json::serialize(
      json::object{{"method", "textDocument/didOpen"},
                   {"params", json::object{{"textDocument", json::object{{"uri", "file:///d/Dockerfile"},
                                                                         {"languageId", "dockerfile"},
                                                                         {"version", 1},
                                                                         {"text", text}}}}}}));
  for (int i = 0; i < 64 && !bytes.empty(); ++i) {
    if (bytes.take() % 3 == 0)
      edit(server, bytes);
    else
      ask(server, bytes);
    server.settle();
  }
  return 0;
}
