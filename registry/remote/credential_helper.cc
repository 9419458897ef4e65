#include "registry/remote/credential_helper.h"

#include <fmt/format.h>

#include "registry/base/json.h"
#include "registry/base/json_writer.h"
#include "registry/remote/run_program.h"

namespace mbuild::remote {

namespace {

constexpr std::string_view kTokenUser = "<token>";

std::string first_line(std::string_view text) {
  return std::string(text.substr(0, text.find('\n')).substr(0, 200));
}

}  // namespace

// The helper's output, or nullopt when it does not know the server.
Result<std::optional<std::string>> CredentialHelper::run(const std::string& verb,
                                                         const std::string& input) const {
  if (name_.empty() || name_.find('/') != name_.npos)
    return fail(ErrorKind::invalid_input, fmt::format("credential helper \"{}\": not a plain name", name_));
  std::string program = "docker-credential-" + name_;
  auto ran = run_program({program, verb}, input, std::chrono::minutes(1), cancel_);
  // A helper that is missing must not be taken for an image that is missing.
  if (!ran && ran.error().kind() == ErrorKind::not_found)
    return fail(ErrorKind::invalid_input, fmt::format("credential helper: {}", ran.error().message()));
  ProgramResult result = MBUILD_TRY(std::move(ran));
  if (result.exit_status == 0) return std::move(result.output);
  // docker-credential-helpers: credentials/error.go; the text is the protocol.
  if (result.output.find("credentials not found") != std::string::npos) return std::nullopt;
  return fail(ErrorKind::unauthorized, fmt::format("{} {}: exit status {}: {}", program, verb,
                                                   result.exit_status, first_line(result.output)));
}

Result<std::optional<Credentials>> CredentialHelper::get(const std::string& server) const {
  std::optional<std::string> output = MBUILD_TRY(run("get", server));
  if (!output) return std::nullopt;
  // The parser's errors do not quote values, so that no secret gets into them.
  JsonObject answer = MBUILD_TRY(JsonObject::parse(*output, "docker-credential-" + name_ + " get"));
  std::string username = MBUILD_TRY(answer.text("Username"));
  std::string secret = MBUILD_TRY(answer.text("Secret"));
  Credentials credentials(username, secret);
  if (username == kTokenUser) {
    credentials = Credentials();
    credentials.identity_token = secret;
  }
  return credentials;
}

Result<void> CredentialHelper::store(const std::string& server, const Credentials& credentials) const {
  bool token = !credentials.identity_token.empty();
  JsonWriter json;
  json.begin_object().key("ServerURL").value(server);
  json.key("Username").value(token ? kTokenUser : std::string_view(credentials.username));
  json.key("Secret").value(token ? credentials.identity_token : credentials.password).end_object();
  MBUILD_CHECK(run("store", json.str()));
  return {};
}

Result<void> CredentialHelper::erase(const std::string& server) const {
  MBUILD_CHECK(run("erase", server));
  return {};
}

}  // namespace mbuild::remote
