// SecretInCommandLine.
#include <algorithm>
#include <array>
#include <optional>

#include "parser/characters.h"
#include "parser/lint/checks.h"
#include "parser/lint/context.h"

namespace mbuild::parser {

namespace {

bool is_token_character(char c) {
  return (to_lower(c) >= 'a' && to_lower(c) <= 'z') || is_digit(c) || c == '_' || c == '-';
}

struct TokenKind {
  std::string_view prefix;
  std::size_t length;  // of what follows, at least
  std::string_view name;
};
// Tokens that their makers gave a prefix for programs like this to find.
constexpr std::array<TokenKind, 16> token_kinds{{{"ghp_", 36, "a GitHub token"},
                                                 {"gho_", 36, "a GitHub token"},
                                                 {"ghs_", 36, "a GitHub token"},
                                                 {"ghu_", 36, "a GitHub token"},
                                                 {"github_pat_", 50, "a GitHub token"},
                                                 {"glpat-", 20, "a GitLab token"},
                                                 {"npm_", 36, "an npm token"},
                                                 {"pypi-", 50, "a PyPI token"},
                                                 {"AKIA", 16, "an AWS access key"},
                                                 {"ASIA", 16, "an AWS access key"},
                                                 {"xoxb-", 20, "a Slack token"},
                                                 {"xoxp-", 20, "a Slack token"},
                                                 {"dckr_pat_", 20, "a Docker Hub token"},
                                                 {"hf_", 34, "a Hugging Face token"},
                                                 {"sk_live_", 20, "a Stripe key"},
                                                 {"AIza", 35, "a Google API key"}}};

struct Found {
  std::size_t begin;
  std::size_t end;
  std::string_view what;
};

std::optional<Found> find_token(std::string_view text) {
  for (const TokenKind& kind : token_kinds) {
    for (std::size_t at = text.find(kind.prefix); at != std::string_view::npos;
         at = text.find(kind.prefix, at + 1)) {
      std::size_t end = at + kind.prefix.size();
      while (end < text.size() && is_token_character(text[end])) ++end;
      bool begins = at == 0 || !is_token_character(text[at - 1]);
      bool varied = std::any_of(text.begin() + static_cast<std::ptrdiff_t>(at),
                                text.begin() + static_cast<std::ptrdiff_t>(end), is_digit);
      if (begins && varied && end - at - kind.prefix.size() >= kind.length) return Found{at, end, kind.name};
    }
  }
  return std::nullopt;
}

std::optional<Found> find_private_key(std::string_view text) {
  std::size_t at = text.find("-----BEGIN ");
  if (at == std::string_view::npos) return std::nullopt;
  std::size_t end = text.find("PRIVATE KEY-----", at);
  if (end == std::string_view::npos || end > at + 40) return std::nullopt;
  return Found{at, end + 16, "a private key"};
}

// The password of `scheme://user:password@host`, when it is written out.
std::optional<Found> find_url_password(std::string_view text) {
  for (std::size_t at = text.find("://"); at != std::string_view::npos; at = text.find("://", at + 1)) {
    std::size_t begin = at + 3;
    std::size_t end = text.find_first_of("/ \t\n\"'?#<>|)", begin);
    std::string_view authority = text.substr(begin, end == std::string_view::npos ? end : end - begin);
    std::size_t sign = authority.rfind('@');
    std::size_t colon = authority.find(':');
    if (sign == std::string_view::npos || colon == std::string_view::npos || colon > sign) continue;
    std::string_view password = authority.substr(colon + 1, sign - colon - 1);
    bool written_out = password.size() >= 4 && password.find_first_of("${}<*") == std::string_view::npos &&
                       to_lower(password) != "password";
    if (written_out) return Found{begin + colon + 1, begin + sign, "a password"};
  }
  return std::nullopt;
}

// `Authorization: Bearer xyz`, written out.
std::optional<Found> find_header(std::string_view text) {
  for (std::string_view scheme : {"Authorization: Bearer ", "Authorization: token ", "Authorization: Basic ",
                                  "PRIVATE-TOKEN: ", "X-Api-Key: "}) {
    std::size_t at = text.find(scheme);
    if (at == std::string_view::npos) continue;
    std::size_t begin = at + scheme.size();
    std::size_t end = begin;
    while (end < text.size() &&
           (is_token_character(text[end]) || std::string_view(".+/=~").contains(text[end])))
      ++end;
    bool varied = text.substr(begin, end - begin).find_first_of("0123456789") != std::string_view::npos;
    if (end - begin >= 12 && varied) return Found{begin, end, "a credential"};
  }
  return std::nullopt;
}

void check(LintContext& context, const Instruction& instruction) {
  std::string_view text = context.text(instruction.range);
  std::optional<Found> found = find_token(text);
  if (!found) found = find_private_key(text);
  if (!found) found = find_url_password(text);
  if (!found) found = find_header(text);
  if (!found) return;
  std::uint32_t begin = instruction.range.begin;
  context.report(
      "SecretInCommandLine",
      "this looks like " + std::string(found->what) +
          ", and stays in the image for all to read: use RUN --mount=type=secret, and replace the secret",
      {begin + static_cast<std::uint32_t>(found->begin), begin + static_cast<std::uint32_t>(found->end)});
}

}  // namespace

void check_secrets(LintContext& context) {
  for (const Instruction& instruction : context.file.instructions) check(context, instruction);
}

}  // namespace mbuild::parser
