// Inbox: messages that wait for the server, and which of them have been taken back.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <set>
#include <string>

namespace mbuild::cli::lsp {

// Thread-safe: one thread reads the client, another one serves it.
class Inbox {
 public:
  // Notices `$/cancelRequest` at once, before its turn.
  void put(std::string body);
  // No more messages will come.
  void close();
  // What the surroundings tell; a turn of its own for take().
  void note_change();

  struct Item {
    enum class Kind { message, change, end };
    Kind kind = Kind::end;
    std::string body;
  };
  // Waits for the next one; nullopt at once when `wait` is false and there is none.
  std::optional<Item> take(bool wait);

  // Whether the client has cancelled the request of that id (as JSON text); forgets it.
  bool cancelled(const std::string& id);

 private:
  std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<std::string> messages_;
  std::set<std::string> cancelled_;
  bool changed_ = false;
  bool closed_ = false;
};

}  // namespace mbuild::cli::lsp
