#include "builder/context/git_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <vector>

#include "builder/context/git_tidy.h"
#include "registry/base/fs_at.h"
#include "registry/remote/base64.h"

namespace mbuild::builder {

namespace {

bool is_commit_id(const std::string& text) {
  return (text.size() == 40 || text.size() == 64) &&
         text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

// A web address: what git is to be given, what it is without user information, and the origin it belongs to.
struct WebAddress {
  std::string remote, user, origin, host;
};

std::optional<WebAddress> read_web_address(const std::string& remote) {
  if (!remote.starts_with("http://") && !remote.starts_with("https://")) return std::nullopt;
  const std::size_t begin = remote.find("://") + 3;
  const std::size_t end = std::min(remote.find('/', begin), remote.size());
  const std::size_t at = remote.substr(0, end).rfind('@');
  WebAddress address;
  const std::size_t host = at == std::string::npos || at < begin ? begin : at + 1;
  if (host != begin) address.user = remote.substr(begin, at - begin);
  address.remote = remote.substr(0, begin) + remote.substr(host);
  address.host = remote.substr(host, end - host);
  address.origin = remote.substr(0, begin) + address.host + "/";
  return address;
}

// moby source/git: a token becomes the password of a user that every forge accepts; a header is sent as it
// is.
Result<std::string> authorization_for(const WebAddress& address, const FindSecret& secrets) {
  const std::string own =
      address.user.empty() ? std::string() : "Authorization: Basic " + remote::base64_encode(address.user);
  if (!secrets) return own;
  const std::string bare_host = address.host.substr(0, address.host.find(':'));
  for (const std::string& ending : {"." + address.host, "." + bare_host, std::string()}) {
    if (auto header = MBUILD_TRY(secrets("GIT_AUTH_HEADER" + ending))) return "Authorization: " + *header;
    if (auto token = MBUILD_TRY(secrets("GIT_AUTH_TOKEN" + ending)))
      return "Authorization: basic " + remote::base64_encode("x-access-token:" + *token);
  }
  return own;
}

// What ls-remote says: ids by name.
struct RemoteRef {
  std::string id, name;
};

std::vector<RemoteRef> read_refs(const std::string& output) {
  std::vector<RemoteRef> refs;
  for (std::size_t begin = 0; begin < output.size();) {
    const std::size_t end = std::min(output.find('\n', begin), output.size());
    const std::string line = output.substr(begin, end - begin);
    const std::size_t tab = line.find('\t');
    if (tab != std::string::npos && is_commit_id(line.substr(0, tab)))
      refs.push_back({line.substr(0, tab), line.substr(tab + 1)});
    begin = end + 1;
  }
  return refs;
}

std::string without_prefix(const std::string& text, std::string_view prefix) {
  return text.starts_with(prefix) ? text.substr(prefix.size()) : text;
}

// Branches come before tags, a full name before both; a tag with a message means the commit it is of (moby
// source/git, resolveMetadata).
std::optional<RemoteRef> choose(const std::vector<RemoteRef>& refs, const std::string& ref) {
  const auto named = [&](const std::string& name) -> std::optional<RemoteRef> {
    std::optional<RemoteRef> found;
    for (const RemoteRef& one : refs)
      if (one.name == name || one.name == name + "^{}") found = RemoteRef{one.id, name};
    return found;
  };
  if (auto found = named("refs/" + without_prefix(ref, "refs/"))) return found;
  if (auto found = named("refs/heads/" + without_prefix(ref, "refs/heads/"))) return found;
  return named("refs/tags/" + without_prefix(ref, "refs/tags/"));
}

}  // namespace

Result<const GitProgram*> GitFiles::program() {
  if (program_) return &*program_;
  GitSettings settings;
  settings.environment = request_.environment;
  settings.cancel = request_.cancel;
  settings.ssh_socket = request_.ssh_socket;
  remote_ = request_.source.remote;
  if (const auto address = read_web_address(remote_)) {
    remote_ = address->remote;
    settings.authorized_origin = address->origin;
    settings.authorization = MBUILD_TRY(authorization_for(*address, request_.secrets));
  }
  program_.emplace(std::move(settings));
  return &*program_;
}

Result<GitFiles::Commit> GitFiles::find_commit() {
  const parser::GitSource& source = request_.source;
  const GitProgram* git = MBUILD_TRY(program());
  if (source.fetch_by_commit && is_commit_id(source.checksum)) return Commit{source.checksum, ""};
  if (is_commit_id(source.ref)) return Commit{source.ref, ""};
  std::vector<std::string> arguments = {"ls-remote", "--", remote_};
  if (source.ref.empty()) {
    arguments.push_back("HEAD");
  } else {
    arguments.insert(arguments.end(), {source.ref, source.ref + "^{}"});
  }
  const std::vector<RemoteRef> refs = read_refs(MBUILD_TRY(git->run("", std::move(arguments))));
  if (source.ref.empty()) {
    for (const RemoteRef& ref : refs)
      if (ref.name == "HEAD") return Commit{ref.id, "HEAD"};
    return fail(ErrorKind::not_found, "the repository has no default branch");
  }
  const auto chosen = choose(refs, source.ref);
  if (!chosen) return fail(ErrorKind::not_found, "repository does not contain ref " + source.ref);
  return Commit{chosen->id, chosen->name};
}

Result<const GitFiles::Commit*> GitFiles::commit() {
  if (commit_) return &*commit_;
  Commit found = MBUILD_TRY(find_commit());
  if (!found.id.starts_with(request_.source.checksum))
    return fail(ErrorKind::corrupt,
                fmt::format("expected checksum to match {}, got {}", request_.source.checksum, found.id));
  commit_ = std::move(found);
  return &*commit_;
}

Result<std::string> GitFiles::version() {
  const std::lock_guard lock(mutex_);
  const Commit* found = MBUILD_TRY_AS("git " + request_.source.display(), commit());
  const parser::GitSource& source = request_.source;
  return fmt::format("commit {} subdir={} keep-git-dir={} submodules={} commit-time={}", found->id,
                     source.subdir, source.keep_git_dir ? found->ref : "", source.submodules,
                     source.commit_time);
}

// The commit alone, by its ref or its id, as servers let it be had; else everything.
Result<void> GitFiles::fetch(const std::string& folder, const Commit& commit) {
  const GitProgram* git = MBUILD_TRY(program());
  const std::vector<std::string> shallow = {"fetch", "-q", "--depth=1", "--no-tags", "origin"};
  std::vector<std::vector<std::string>> tries;
  for (const std::string& what : {commit.ref, commit.id}) {
    if (what.empty()) continue;
    tries.push_back(shallow);
    tries.back().push_back(what);
  }
  tries.push_back({"fetch", "-q", "--tags", "--force", "origin", "+refs/heads/*:refs/remotes/origin/*"});
  std::optional<Error> problem;
  for (std::vector<std::string>& arguments : tries) {
    auto fetched = git->run(folder, std::move(arguments));
    if (!fetched && fetched.error().kind() == ErrorKind::cancelled)
      return std::unexpected(std::move(fetched).error());
    if (!fetched) problem = std::move(fetched).error();
    if (git->run(folder, {"cat-file", "-e", commit.id + "^{commit}"})) return {};
  }
  if (problem) return std::unexpected(std::move(*problem));
  return fail(ErrorKind::not_found, "repository does not contain commit " + commit.id);
}

Result<std::int64_t> GitFiles::read_time(const std::string& folder, const Commit& commit) {
  const GitProgram* git = MBUILD_TRY(program());
  const std::string text = MBUILD_TRY(git->run(folder, {"show", "-s", "--format=%ct", commit.id}));
  std::int64_t seconds = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), seconds).ec != std::errc())
    return fail(ErrorKind::corrupt, "commit " + commit.id + " has no time");
  return seconds;
}

Result<void> GitFiles::check_out() {
  const Commit* wanted = MBUILD_TRY(commit());
  const GitProgram* git = MBUILD_TRY(program());
  ScratchFolder scratch = MBUILD_TRY(ScratchFolder::make(request_.work, request_.work_name));
  const std::string folder = scratch.path();
  MBUILD_CHECK(git->run("", {"init", "-q", "--template=", "--", folder}));
  MBUILD_CHECK(git->run(folder, {"remote", "add", "origin", remote_}));
  MBUILD_CHECK(fetch(folder, *wanted));
  MBUILD_CHECK(git->run(folder, {"checkout", "-q", "--force", "--detach", wanted->id}));
  const auto modules = MBUILD_TRY(fs_at::stat_if_exists(scratch.fd(), ".gitmodules", fs_at::Links::refuse));
  if (modules && request_.source.submodules) {
    const std::vector<std::string> update = {"submodule", "-q", "update", "--init", "--recursive"};
    std::vector<std::string> shallow = update;
    shallow.push_back("--depth=1");
    // Not every server gives a commit that no ref names.
    if (!git->run(folder, std::move(shallow))) MBUILD_CHECK(git->run(folder, update));
  }

  const std::int64_t time = MBUILD_TRY(read_time(folder, *wanted));
  GitTidyOptions tidy;
  tidy.keep_git_dir = request_.source.keep_git_dir;
  if (request_.source.commit_time) {
    tidy.mtime = std::clamp(time, std::int64_t{0}, std::int64_t{9'223'372'035}) * 1'000'000'000;
  }
  MBUILD_CHECK(tidy_checkout(scratch.fd(), tidy));
  Fd root = MBUILD_TRY_AS(
      "subdirectory " + request_.source.subdir,
      fs_at::open(scratch.fd(), request_.source.subdir, O_RDONLY | O_DIRECTORY, fs_at::Links::in_root));
  time_ = time;
  root_ = std::move(root);
  folder_ = std::move(scratch);
  return {};
}

Result<SourceTree> GitFiles::open() {
  const std::lock_guard lock(mutex_);
  if (!root_) MBUILD_CHECK_AS("git " + request_.source.display(), check_out());
  return SourceTree{
      .root = root_.get(), .ignore = {}, .ownership = Ownership::root, .index = nullptr, .immutable = true};
}

Result<std::optional<std::int64_t>> GitFiles::time() {
  MBUILD_CHECK(open());
  return time_;
}

}  // namespace mbuild::builder
