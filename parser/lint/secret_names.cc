// SecretsUsedInArgOrEnv.
#include "parser/lint/secret_names.h"

#include <algorithm>
#include <array>

#include "parser/characters.h"
#include "parser/lint/checks.h"
#include "parser/lint/context.h"

namespace mbuild::parser {

namespace {

constexpr std::array<std::string_view, 10> secret_words = {
    "apikey", "auth", "credential", "credentials", "key", "password", "pword", "passwd", "secret", "token"};
// With one of these in it the name is that of something else: PUBLIC_KEY, TOKEN_FILE, KEY_VERSION.
constexpr std::array<std::string_view, 3> harmless_words = {"public", "file", "version"};

void check(LintContext& context, const Instruction& instruction, const std::vector<KeyValue>& pairs) {
  for (const KeyValue& pair : pairs)
    if (sounds_secret(pair.key.text))
      context.report(
          "SecretsUsedInArgOrEnv",
          instruction.keyword + " " + quote(pair.key.text) +
              " stays in the image for all to read: give secrets to a RUN with --mount=type=secret",
          pair.key.range);
}

}  // namespace

bool sounds_secret(std::string_view name) {
  std::string lower = to_lower(name);
  bool secret = false;
  for (std::string_view rest = lower; !rest.empty();) {
    std::string_view word = rest.substr(0, rest.find('_'));
    secret = secret || std::find(secret_words.begin(), secret_words.end(), word) != secret_words.end();
    if (std::find(harmless_words.begin(), harmless_words.end(), word) != harmless_words.end()) return false;
    rest.remove_prefix(std::min(rest.size(), word.size() + 1));
  }
  return secret;
}

void check_secret_names(LintContext& context) {
  for (const Stage& stage : context.graph.stages)
    for (const Instruction* instruction : stage.instructions) {
      if (const auto* env = std::get_if<EnvInstruction>(&instruction->body))
        check(context, *instruction, env->variables);
      if (const auto* arg = std::get_if<ArgInstruction>(&instruction->body))
        check(context, *instruction, arg->arguments);
    }
}

}  // namespace mbuild::parser
