#include "registry/remote/response_error.h"

#include <fmt/format.h>

#include <algorithm>

#include "registry/base/json.h"

namespace mbuild::remote {

namespace {

constexpr std::size_t kMaxShown = 300;

ErrorKind kind_of(int status) {
  switch (status) {
    case 401:
    case 403:
      return ErrorKind::unauthorized;
    case 404:
      return ErrorKind::not_found;
    case 405:
    case 501:
      return ErrorKind::unsupported;
    case 408:
    case 429:
      return ErrorKind::unavailable;
    default:
      return status >= 500 ? ErrorKind::unavailable : ErrorKind::invalid_input;
  }
}

std::string one_line(std::string_view text) {
  std::string line;
  for (unsigned char c : text.substr(0, kMaxShown)) {
    bool blank = c <= ' ' || c == 0x7F;
    if (!blank)
      line += static_cast<char>(c);
    else if (!line.empty() && line.back() != ' ')
      line += ' ';
  }
  if (line.ends_with(' ')) line.pop_back();
  return text.size() > kMaxShown ? line + "..." : line;
}

std::string text_of(const JsonObject& object, std::string_view key) {
  return object.text(key).value_or("");
}

std::string join(std::string_view code, std::string_view message) {
  if (code.empty() || message.empty()) return fmt::format("{}{}", code, message);
  return fmt::format("{}: {}", code, message);
}

std::string message_in(const JsonObject& body) {
  std::string result;
  auto errors = body.objects("errors");
  if (errors)
    for (const JsonObject& error : *errors) {
      if (!result.empty()) result += "; ";
      result += join(text_of(error, "code"), text_of(error, "message"));
    }
  if (!result.empty()) return result;
  for (std::string_view key : {"details", "message", "error_description", "error"})
    if (std::string text = text_of(body, key); !text.empty()) return text;
  return "";
}

std::string message_of(const Response& response) {
  if (auto body = JsonObject::parse(response.body, "error"))
    if (std::string message = message_in(*body); !message.empty()) return one_line(message);
  std::string_view type = response.headers.get("Content-Type").value_or("");
  return type.starts_with("text/plain") ? one_line(response.body) : "";
}

}  // namespace

std::string status_text(int status) {
  switch (status) {
    case 400:
      return "400 bad request";
    case 401:
      return "401 unauthorized";
    case 403:
      return "403 forbidden";
    case 404:
      return "404 not found";
    case 405:
      return "405 method not allowed";
    case 408:
      return "408 request timeout";
    case 413:
      return "413 content too large";
    case 416:
      return "416 range not satisfiable";
    case 429:
      return "429 too many requests";
    case 500:
      return "500 internal server error";
    case 501:
      return "501 not implemented";
    case 502:
      return "502 bad gateway";
    case 503:
      return "503 service unavailable";
    case 504:
      return "504 gateway timeout";
    default:
      return fmt::format("status {}", status);
  }
}

Error response_error(std::string_view method, const Url& url, const Response& response) {
  std::string text = fmt::format("{} {}: {}", method, url.display(), status_text(response.status));
  if (std::string message = message_of(response); !message.empty()) text += ": " + message;
  return {kind_of(response.status), std::move(text)};
}

}  // namespace mbuild::remote
