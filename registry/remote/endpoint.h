// Endpoints: from the places of a reference to sessions with the hosts that are there.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "registry/remote/credentials.h"
#include "registry/remote/registries.h"
#include "registry/remote/session.h"

namespace mbuild::remote {

// One repository at one host. Cheap to copy; valid as long as its Endpoints.
struct Endpoint {
  Session* session = nullptr;
  std::string repository;
  std::string namespace_hint;
  std::string api_root = "/v2";

  // <origin><api root>/<repository>/<path>[?ns=...]
  Url url(std::string_view path) const;
  Scopes pull_scopes() const { return {"repository:" + repository + ":pull"}; }
  Scopes push_scopes() const { return {"repository:" + repository + ":pull,push"}; }
};

// Thread-safe; keeps one session a host.
class Endpoints {
 public:
  struct Options {
    Registries registries;
    std::string client_id;
    RetryPolicy policy;
    TimeSource time;
  };
  using FindCredentials = std::function<Result<std::optional<Credentials>>(const std::string& registry,
                                                                           const std::string& repository)>;
  // `transport` is borrowed.
  Endpoints(Options options, Transport& transport, FindCredentials credentials)
      : options_(std::move(options)), transport_(transport), credentials_(std::move(credentials)) {}

  // The registry itself, for what mirrors do not do.
  Result<Endpoint> home(const oci::Reference& reference);

  // Asks one place after the other until one answers; the error is that of the last, with those of the
  // mirrors in its hint. A mirror that cannot be reached is passed over for a minute.
  template <class T>
  Result<T> ask_each(const oci::Reference& reference, Use use,
                     const std::function<Result<T>(const Endpoint&)>& ask) {
    std::vector<Place> places = MBUILD_TRY(options_.registries.pull_places(reference, use));
    std::string mirrors_said;
    for (std::size_t i = 0;; ++i) {
      bool last = i + 1 == places.size();
      if (!last && is_down(places[i])) continue;
      auto endpoint = connect(places[i]);
      Result<T> answer = endpoint ? ask(*endpoint) : std::unexpected(std::move(endpoint).error());
      if (answer || answer.error().kind() == ErrorKind::cancelled) return answer;
      if (last) return std::unexpected(with_mirrors(std::move(answer).error(), mirrors_said));
      note_failure(places[i], answer.error(), mirrors_said);
    }
  }

  const Registries& registries() const { return options_.registries; }

 private:
  Result<Endpoint> connect(const Place& place);
  Result<std::string> find_scheme(const Place& place);
  Result<std::string> probe_schemes(const std::string& host);
  RetryPolicy policy_for(const Place& place) const;
  Session& session_for(const Url& origin, const Place& place);
  bool is_down(const Place& place);
  void note_failure(const Place& place, const Error& error, std::string& mirrors_said);
  static Error with_mirrors(Error error, const std::string& mirrors_said);

  Options options_;
  Transport& transport_;
  FindCredentials credentials_;
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<Session>> sessions_;
  std::map<std::string, std::string> schemes_;
  std::map<std::string, std::chrono::steady_clock::time_point> down_until_;
};

}  // namespace mbuild::remote
