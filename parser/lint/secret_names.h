// Which names of variables sound as if their values were secret (the rule SecretsUsedInArgOrEnv).
#pragma once

#include <string_view>

namespace mbuild::parser {

// "API_TOKEN" does, "TOKEN_FILE" does not. Words are separated by underscores; case does not count.
bool sounds_secret(std::string_view name);

}  // namespace mbuild::parser
