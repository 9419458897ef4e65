// Sources of ADD, and contexts, that lie elsewhere: what an URL or a git address asks for (SEMANTICS A9; moby
// util/gitutil/git_ref.go).
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>

#pragma GCC visibility push(default)

namespace mbuild::parser {

enum class SourceKind { local, http, git };

// What a source of ADD is by its form: `http(s)://` is git when its path ends in ".git"; `git://`, `ssh://`
// and `user@host:path` are git; everything else is a path, "github.com/a/b" included.
SourceKind source_kind(std::string_view source);

// The same for a build context, where "github.com/user/repository" is git too. That a directory of the name
// exists is for the caller to find out first.
SourceKind context_kind(std::string_view context);

// The files of one commit of a repository.
struct GitSource {
  std::string remote;    // the address alone, with the user information that it came with
  std::string ref;       // a branch, tag, full ref or commit; empty: the default branch
  std::string subdir;    // below the top, cleaned, without slashes at its ends; empty: all of it
  std::string checksum;  // hex digits that the commit must begin with; empty: any
  bool keep_git_dir = false;
  bool submodules = true;
  bool commit_time = false;      // files are as old as the commit, not as their checkout
  bool fetch_by_commit = false;  // the commit of `checksum` instead of the ref

  // Without a password, for messages.
  std::string display() const;
  friend bool operator==(const GitSource&, const GitSource&) = default;
};

// Reads "ADDRESS[?key=value&...][#ref[:subdir]]". Keys: ref, tag, branch, subdir, checksum or commit,
// keep-git-dir, submodules, mtime=checkout|commit, fetch-by-commit. Refused, with a message: unknown and
// repeated keys, contradictions, and whatever git might take for an option or a command: refs, hosts and
// paths that begin with "-", control characters. Pure.
std::expected<GitSource, std::string> read_git_source(std::string_view text);

// Sets what --checksum and --keep-git-dir ask for; the error is about what contradicts the address.
std::expected<void, std::string> apply_git_flags(GitSource& source, const std::string& checksum,
                                                 std::optional<bool> keep_git_dir);

// The name that a download lands under: the last part of the URL's path, decoded; "__unnamed__" when there is
// none that can be a file's name.
std::string download_name(std::string_view url);

// The URL without its password, for messages; what is no URL with one comes back as it is.
std::string without_password(std::string_view url);

}  // namespace mbuild::parser

#pragma GCC visibility pop
