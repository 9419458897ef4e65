#include "cli/lsp/inbox.h"

#include <boost/json.hpp>

namespace mbuild::cli::lsp {

namespace {

// The id that a cancellation names, as JSON text; empty for any other message.
std::string cancelled_id(const std::string& body) {
  // Looking for the word first spares parsing every message twice.
  if (body.size() > 4096 || body.find("$/cancelRequest") == std::string::npos) return "";
  boost::json::error_code error;
  const boost::json::value message = boost::json::parse(body, error);
  if (error || !message.is_object()) return "";
  const boost::json::value* method = message.get_object().if_contains("method");
  const boost::json::value* params = message.get_object().if_contains("params");
  if (!method || *method != "$/cancelRequest" || !params || !params->is_object()) return "";
  const boost::json::value* id = params->get_object().if_contains("id");
  return id ? boost::json::serialize(*id) : "";
}

}  // namespace

void Inbox::put(std::string body) {
  const std::string id = cancelled_id(body);
  {
    std::lock_guard lock(mutex_);
    // Of requests that were answered already nobody asks again: they must not pile up.
    if (cancelled_.size() > 10'000) cancelled_.clear();
    if (!id.empty())
      cancelled_.insert(id);
    else
      messages_.push_back(std::move(body));
  }
  ready_.notify_one();
}

void Inbox::close() {
  {
    std::lock_guard lock(mutex_);
    closed_ = true;
  }
  ready_.notify_one();
}

void Inbox::note_change() {
  {
    std::lock_guard lock(mutex_);
    changed_ = true;
  }
  ready_.notify_one();
}

std::optional<Inbox::Item> Inbox::take(bool wait) {
  std::unique_lock lock(mutex_);
  if (wait) ready_.wait(lock, [this] { return !messages_.empty() || changed_ || closed_; });
  if (!messages_.empty()) {
    Item item{Item::Kind::message, std::move(messages_.front())};
    messages_.pop_front();
    return item;
  }
  if (changed_) {
    changed_ = false;
    return Item{Item::Kind::change, ""};
  }
  if (closed_) return Item{Item::Kind::end, ""};
  return std::nullopt;
}

bool Inbox::cancelled(const std::string& id) {
  std::lock_guard lock(mutex_);
  return cancelled_.erase(id) > 0;
}

}  // namespace mbuild::cli::lsp
