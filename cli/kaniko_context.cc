#include "cli/kaniko_context.h"

#include <fmt/format.h>

#include <algorithm>

#include "builder/git_credentials.h"
#include "cli/csv.h"
#include "parser/remote_source.h"

namespace mbuild::cli {

namespace {

constexpr std::string_view kGit = "git://";

struct GitOptions {
  std::string branch;
  bool submodules = false;
};

Result<bool> read_bool(const std::string& key, const std::string& value) {
  if (value == "true" || value == "1") return true;
  if (value == "false" || value == "0") return false;
  return fail(ErrorKind::invalid_input, fmt::format("--git {}={}: must be true or false", key, value));
}

Result<GitOptions> read_git_options(const std::vector<std::string>& texts) {
  GitOptions options;
  for (const std::string& text : texts)
    for (const auto& [key, value] : MBUILD_TRY_AS("--git", parse_attributes(text))) {
      if (key == "branch") {
        options.branch = value;
      } else if (key == "recurse-submodules") {
        options.submodules = MBUILD_TRY(read_bool(key, value));
      } else if (key == "single-branch") {
        MBUILD_CHECK(read_bool(key, value));  // no more than one commit is ever fetched
      } else if (key == "insecure-skip-tls") {
        if (MBUILD_TRY(read_bool(key, value)))
          return fail(
              ErrorKind::invalid_input,
              "--git insecure-skip-tls=true is not supported: let $SSL_CERT_FILE name the server's CA");
      } else {
        return fail(ErrorKind::invalid_input, fmt::format("--git {}: there is no such option", key));
      }
    }
  return options;
}

std::string authorization_from(const VariableLookup& environment) {
  std::string user = environment("GIT_USERNAME").value_or("");
  std::string password = environment("GIT_PASSWORD").value_or("");
  if (std::string token = environment("GIT_TOKEN").value_or(""); !token.empty()) {
    user = std::move(token);
    password.clear();
  }
  if (user.empty() && password.empty()) return {};
  return builder::basic_authorization(user, password);
}

Result<KanikoRemoteContext> repository(const std::string& context, const std::string& sub_path,
                                       const GitOptions& options, const VariableLookup& environment) {
  const std::size_t first = std::min(context.find('#'), context.size());
  const std::size_t second = std::min(context.find('#', first + 1), context.size());
  std::string address = context.substr(kGit.size(), first - kGit.size());
  std::string ref = first == context.size() ? "" : context.substr(first + 1, second - first - 1);
  if (ref.empty() && !options.branch.empty()) ref = "refs/heads/" + options.branch;
  // The commit says it all: the ref need not lead to it any more.
  if (second < context.size()) ref = context.substr(second + 1);
  if (address.find('?') != std::string::npos)
    return fail(ErrorKind::invalid_input,
                fmt::format("--context {}: the address of a repository has no query",
                            parser::without_password(context)));
  if (!address.ends_with(".git")) address += ".git";

  KanikoRemoteContext result;
  const bool plain = environment("GIT_PULL_METHOD").value_or("") == "http";
  result.url = fmt::format("{}://{}?keep-git-dir=true&submodules={}#{}", plain ? "http" : "https", address,
                           options.submodules, ref);
  if (!sub_path.empty()) result.url += ":" + sub_path;
  if (auto source = parser::read_git_source(result.url); !source)
    return fail(ErrorKind::invalid_input,
                fmt::format("--context {}: {}", parser::without_password(context), source.error()));
  const std::string authority = address.substr(0, address.find('/'));
  result.host = authority.substr(authority.rfind('@') + 1);  // npos + 1: all of it
  result.authorization = authorization_from(environment);
  return result;
}

}  // namespace

Result<std::optional<KanikoRemoteContext>> remote_context(const std::string& context,
                                                          const std::string& sub_path,
                                                          const std::vector<std::string>& git,
                                                          const VariableLookup& environment) {
  const GitOptions options = MBUILD_TRY(read_git_options(git));
  if (context.starts_with(kGit)) return MBUILD_TRY(repository(context, sub_path, options, environment));
  if (context.starts_with("https://") || context.starts_with("http://")) {
    if (!sub_path.empty())
      return fail(
          ErrorKind::invalid_input,
          "--context-sub-path: not supported with an archive on a server: fetch it first, and give it "
          "as tar://");
    return KanikoRemoteContext{context, {}, {}};
  }
  const bool local = context.starts_with("dir://") || context.starts_with("tar://");
  if (local || context.find("://") == std::string::npos) return std::nullopt;
  return fail(ErrorKind::invalid_input,
              fmt::format("--context {}: contexts of this kind are not supported by this version: fetch it "
                          "first, and give it as dir:// or tar://",
                          parser::without_password(context)));
}

}  // namespace mbuild::cli
