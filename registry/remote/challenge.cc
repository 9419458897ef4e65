#include "registry/remote/challenge.h"

#include <algorithm>
#include <cctype>

namespace mbuild::remote {

namespace {

bool is_token_character(unsigned char c) {
  return std::isalnum(c) ||
         std::string_view("!#$%&'*+-.^_`|~").find(static_cast<char>(c)) != std::string_view::npos;
}

// Reads a field value from front to back.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  bool at_end() const { return text_.empty(); }
  bool next_is(char c) const { return text_.starts_with(c); }
  void skip() { text_.remove_prefix(1); }
  bool skip_spaces() { return skip_all(" \t"); }
  bool skip_separators() { return skip_all(" \t,"); }

  std::string token() {
    auto end = std::ranges::find_if_not(text_, is_token_character);
    std::string result(text_.begin(), end);
    text_.remove_prefix(result.size());
    std::ranges::transform(result, result.begin(), [](unsigned char c) { return std::tolower(c); });
    return result;
  }

  bool accept(char c) {
    if (!text_.starts_with(c)) return false;
    skip();
    return true;
  }

  // token / quoted-string; a quote that is never closed ends with the field.
  std::string value() {
    if (!accept('"')) {
      std::size_t end = std::min(text_.find_first_of(", \t"), text_.size());
      std::string result(text_.substr(0, end));
      text_.remove_prefix(end);
      return result;
    }
    std::string result;
    while (!at_end() && !accept('"')) {
      if (text_.front() == '\\' && text_.size() > 1) skip();
      result += text_.front();
      skip();
    }
    return result;
  }

 private:
  bool skip_all(std::string_view characters) {
    std::size_t count = std::min(text_.find_first_not_of(characters), text_.size());
    text_.remove_prefix(count);
    return count > 0;
  }

  std::string_view text_;
};

void parse_field(std::string_view field, std::vector<Challenge>& challenges) {
  Scanner scanner(field);
  bool in_challenge = false;
  while (scanner.skip_separators(), !scanner.at_end()) {
    std::string word = scanner.token();
    if (word.empty()) {
      scanner.skip();
      continue;
    }
    bool spaced = scanner.skip_spaces();
    if (scanner.accept('=')) {
      scanner.skip_spaces();
      std::string value = scanner.value();
      if (in_challenge) challenges.back().parameters.emplace(std::move(word), std::move(value));
    } else if (spaced || scanner.at_end() || scanner.next_is(',')) {
      challenges.push_back({std::move(word), {}});
      in_challenge = true;
    }
  }
}

}  // namespace

std::string Challenge::parameter(const std::string& name) const {
  auto found = parameters.find(name);
  return found == parameters.end() ? "" : found->second;
}

std::vector<Challenge> parse_challenges(const Headers& headers) {
  std::vector<Challenge> challenges;
  for (std::string_view field : headers.all("WWW-Authenticate")) parse_field(field, challenges);
  return challenges;
}

}  // namespace mbuild::remote
