#include "builder/context/git_program.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "parser/remote_source.h"
#include "registry/remote/run_program.h"

namespace mbuild::builder {

namespace {

constexpr std::chrono::hours kLimit{1};
constexpr std::size_t kShown = 400;  // bytes of what git said

// What a repository's contents could otherwise make git do.
constexpr std::array<std::pair<std::string_view, std::string_view>, 10> kConfiguration = {{
    {"core.hooksPath", "/dev/null"},
    {"core.fsmonitor", "false"},
    {"core.autocrlf", "false"},
    {"core.attributesFile", "/dev/null"},
    {"core.protectNTFS", "true"},
    {"credential.helper", ""},
    {"fetch.recurseSubmodules", "false"},
    {"http.lowSpeedLimit", "1000"},
    {"http.lowSpeedTime", "60"},
    {"advice.detachedHead", "false"},
}};

constexpr std::array<std::string_view, 15> kPassedOn = {
    "PATH",        "TMPDIR",      "USER",           "LOGNAME",        "http_proxy",
    "https_proxy", "HTTPS_PROXY", "no_proxy",       "NO_PROXY",       "all_proxy",
    "ALL_PROXY",   "HTTP_PROXY",  "GIT_SSL_CAINFO", "GIT_SSL_CAPATH", "SSL_CERT_DIR"};

std::string cleaned(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const bool control = static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    if (!control) {
      result += c;
    } else if (!result.empty() && result.back() != ' ') {
      result += ' ';
    }
  }
  while (result.ends_with(' ')) result.pop_back();
  return result.size() > kShown ? "..." + result.substr(result.size() - kShown) : result;
}

// Every address that git names, without its password.
std::string without_passwords(const std::string& text) {
  std::string result;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find_first_of(" '\"", begin), text.size() - 1) + 1;
    result += parser::without_password(std::string_view(text).substr(begin, end - begin));
    begin = end;
  }
  return result;
}

ErrorKind kind_of(std::string_view said) {
  const auto says = [&](std::string_view part) { return said.find(part) != std::string_view::npos; };
  if (says("Authentication failed") || says("could not read Username") || says("Permission denied") ||
      says("Host key verification failed") || says("403"))
    return ErrorKind::unauthorized;
  if (says("not found") || says("does not appear to be a git repository") || says("couldn't find remote ref"))
    return ErrorKind::not_found;
  if (says("not allowed") || says("transport '")) return ErrorKind::invalid_input;
  return ErrorKind::unavailable;
}

}  // namespace

std::vector<std::string> git_environment(const GitSettings& settings) {
  std::vector<std::string> result = {
      "GIT_CONFIG_NOSYSTEM=1",
      "GIT_CONFIG_SYSTEM=/dev/null",
      "GIT_CONFIG_GLOBAL=/dev/null",
      "GIT_ATTR_NOSYSTEM=1",
      "GIT_TERMINAL_PROMPT=0",
      "GIT_ASKPASS=",
      "GIT_ALLOW_PROTOCOL=http:https:git:ssh",
      // The agent that the build was given is all that identifies the user; known hosts are found by passwd.
      "GIT_SSH_COMMAND=ssh -F /dev/null -o IdentityFile=none -o BatchMode=yes -o StrictHostKeyChecking=yes",
      "GIT_SSH_VARIANT=ssh",
      "HOME=/dev/null",
      "LC_ALL=C",
  };
  for (const std::string_view name : kPassedOn)
    if (auto value = settings.environment(std::string(name)))
      result.push_back(fmt::format("{}={}", name, *value));
  if (auto file = settings.environment("SSL_CERT_FILE"); file && !settings.environment("GIT_SSL_CAINFO"))
    result.push_back("GIT_SSL_CAINFO=" + *file);
  if (!settings.ssh_socket.empty()) result.push_back("SSH_AUTH_SOCK=" + settings.ssh_socket);

  std::size_t count = 0;
  const auto configure = [&](std::string_view key, std::string_view value) {
    result.push_back(fmt::format("GIT_CONFIG_KEY_{}={}", count, key));
    result.push_back(fmt::format("GIT_CONFIG_VALUE_{}={}", count++, value));
  };
  for (const auto& [key, value] : kConfiguration) configure(key, value);
  if (!settings.authorization.empty()) {
    configure(fmt::format("http.{}.extraHeader", settings.authorized_origin), settings.authorization);
    // git goes on at the place it was redirected to, with the header.
    configure("http.followRedirects", "false");
  }
  result.push_back(fmt::format("GIT_CONFIG_COUNT={}", count));
  return result;
}

Result<std::string> GitProgram::run(const std::string& folder, std::vector<std::string> arguments) const {
  remote::ProgramRequest request;
  request.arguments = {"git"};
  if (!folder.empty()) request.arguments.insert(request.arguments.end(), {"-C", folder});
  const std::string verb = arguments.front();
  request.arguments.insert(request.arguments.end(), arguments.begin(), arguments.end());
  request.environment = git_environment(settings_);
  request.limit = kLimit;
  request.largest_output = std::size_t{64} << 20;  // ls-remote of a large repository
  auto ran = remote::run_program(request, remote::Cancellation(settings_.cancel));
  if (!ran && ran.error().kind() == ErrorKind::not_found)
    return std::unexpected(Error(ErrorKind::unsupported, "git is not installed on this machine")
                               .with_hint("install git: repositories are fetched with it"));
  remote::ProgramResult result = MBUILD_TRY(std::move(ran));
  if (result.exit_status == 0) return std::move(result.output);
  const std::string said = without_passwords(cleaned(result.errors));
  return fail(kind_of(said),
              fmt::format("git {}: {}", verb,
                          said.empty() ? fmt::format("exit status {}", result.exit_status) : said));
}

}  // namespace mbuild::builder
