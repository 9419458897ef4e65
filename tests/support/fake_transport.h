// FakeTransport: a Transport whose answers a function gives, in memory.
#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "registry/remote/transport.h"

namespace mbuild::test {

class FakeTransport : public remote::Transport {
 public:
  // `body` is the request's whole body, whichever way it was given.
  using Handler = std::function<Result<remote::Response>(const remote::Request&, const std::string& body)>;
  explicit FakeTransport(Handler handler) : handler_(std::move(handler)) {}

  struct Sent {
    std::string line;  // "GET https://host/target"
    std::string authorization;
    remote::Headers headers;
    std::string body;
  };
  std::vector<Sent> sent;

  std::vector<std::string> lines() const {
    std::vector<std::string> result;
    for (const Sent& one : sent) result.push_back(one.line);
    return result;
  }

  Result<remote::Response> send(const remote::Request& request) override {
    std::string body = MBUILD_TRY(body_of(request));
    std::lock_guard lock(mutex_);
    sent.push_back({request.method + " " + request.url.str(),
                    std::string(request.headers.get("Authorization").value_or("")), request.headers, body});
    remote::Response response = MBUILD_TRY(handler_(request, body));
    if (response.ok() && request.receive) {
      ByteSink* sink = MBUILD_TRY(request.receive(response));
      MBUILD_CHECK(sink->write(std::as_bytes(std::span(response.body))));
      response.body.clear();
      if (auto cut = std::exchange(cut_after_body, std::nullopt)) return std::unexpected(std::move(*cut));
    }
    return response;
  }

  // The connection fails once the next answer's body has been delivered.
  std::optional<Error> cut_after_body;

 private:
  static Result<std::string> body_of(const remote::Request& request) {
    if (!request.source) return request.body;
    std::string body(request.source_size, '\0');
    std::size_t size = 0;
    while (size < body.size()) {
      std::size_t count =
          MBUILD_TRY(request.source->read(std::as_writable_bytes(std::span(body).subspan(size))));
      if (count == 0) return fail(ErrorKind::corrupt, "the content ends early");
      size += count;
    }
    return body;
  }

  Handler handler_;
  std::mutex mutex_;
};

inline remote::Response answer(int status, std::string body = "", remote::Headers headers = {}) {
  return {status, std::move(headers), std::move(body)};
}

}  // namespace mbuild::test
