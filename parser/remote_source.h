// Sources of ADD that do not lie in the context: URLs and git repositories (SEMANTICS A9, A11).
#pragma once

#include <string_view>

namespace mbuild::parser {

enum class RemoteSource { none, http, git };

// By its form alone: git:// and ssh:// URLs, http(s) URLs whose path ends in ".git", and "user@host:path" are
// git; other http(s) URLs are files; anything else is a path, "github.com/user/repository" too.
RemoteSource remote_source(std::string_view source);

}  // namespace mbuild::parser
