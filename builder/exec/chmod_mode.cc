#include "builder/exec/chmod_mode.h"

#include <charconv>
#include <string>

namespace mbuild::builder {

namespace {

constexpr std::uint32_t kSetIds = 06000;
constexpr std::uint32_t kSticky = 01000;
constexpr std::uint32_t kAll = 0777;
constexpr std::uint32_t kExecute = 0111;

std::unexpected<Error> not_octal(std::string_view text) {
  return fail(ErrorKind::invalid_input, "invalid chmod parameter: '" + std::string(text) +
                                            "'. it should be octal string and between 0 and 07777");
}

std::unexpected<Error> bad_syntax(std::string_view text) {
  return fail(ErrorKind::invalid_input,
              "invalid chmod parameter: '" + std::string(text) + "': invalid syntax");
}

int shift_of(char who) {
  return who == 'u' ? 6 : who == 'g' ? 3 : 0;
}

}  // namespace

// Clauses are separated by commas; a clause is who* (operation letter*)+.
class ChmodMode::Parser {
 public:
  explicit Parser(std::string_view text) : rest_(text) {}
  bool parse();
  std::vector<Step> steps;

 private:
  bool parse_clause();
  void parse_letters(std::uint32_t who, char operation);
  void add(std::uint32_t who, char operation, std::uint32_t bits);
  void add_conditional(std::uint32_t who, std::uint32_t bits);
  char peek() const { return rest_.empty() ? '\0' : rest_.front(); }

  std::string_view rest_;
};

bool ChmodMode::Parser::parse() {
  for (;;) {
    if (!parse_clause()) return false;
    if (rest_.empty()) return true;
    if (peek() != ',') return false;
    rest_.remove_prefix(1);
  }
}

bool ChmodMode::Parser::parse_clause() {
  std::uint32_t who = 0;
  for (;; rest_.remove_prefix(1)) {
    if (peek() == 'a') {
      who |= kSetIds | kAll;
    } else if (peek() == 'u') {
      who |= 04700;
    } else if (peek() == 'g') {
      who |= 02070;
    } else if (peek() == 'o') {
      who |= 00007;
    } else {
      break;
    }
  }
  do {
    const char operation = peek();
    if (operation != '+' && operation != '-' && operation != '=') return false;
    rest_.remove_prefix(1);
    parse_letters(who, operation);
  } while (!rest_.empty() && peek() != ',');
  return true;
}

void ChmodMode::Parser::parse_letters(std::uint32_t who, char operation) {
  std::uint32_t bits = 0;
  std::uint32_t conditional = 0;
  bool assigned = false;  // '=' has cleared what it has to
  // Set-id and sticky bits do not belong to "other" alone.
  const auto beyond_others = [&who] { return who == 0 || (who & ~std::uint32_t{07}) != 0; };
  for (;; rest_.remove_prefix(1)) {
    const char letter = peek();
    if (letter == 'r') {
      bits |= 0444;
    } else if (letter == 'w') {
      bits |= 0222;
    } else if (letter == 'x') {
      bits |= kExecute;
    } else if (letter == 'X') {
      (operation == '-' ? bits : conditional) |= kExecute;
    } else if (letter == 's') {
      if (beyond_others()) bits |= kSetIds;
    } else if (letter == 't') {
      if (beyond_others()) {
        who |= kSticky;
        bits |= kSticky;
      }
    } else {
      const bool copies = letter == 'u' || letter == 'g' || letter == 'o';
      if (bits != 0 || (!copies && operation == '=' && !assigned)) add(who, operation, bits);
      if (conditional != 0) add_conditional(who, conditional);
      if (!copies) return;
      bits = conditional = 0;
      assigned = true;
      const std::uint32_t to = who == 0 ? kAll : who & kAll;
      steps.push_back({Step::Kind::copy_class, 0, letter, operation, to});
    }
  }
}

void ChmodMode::Parser::add(std::uint32_t who, char operation, std::uint32_t bits) {
  const std::uint32_t affected = who == 0 ? bits : who & bits;
  if (operation == '=') {
    steps.push_back({.kind = Step::Kind::clear, .bits = who == 0 ? kSetIds | kAll : who});
    steps.push_back({.kind = Step::Kind::set, .bits = affected});
  } else {
    steps.push_back({.kind = operation == '+' ? Step::Kind::set : Step::Kind::clear, .bits = affected});
  }
}

void ChmodMode::Parser::add_conditional(std::uint32_t who, std::uint32_t bits) {
  steps.push_back({.kind = Step::Kind::set_if_executable, .bits = who == 0 ? bits : who & bits});
}

Result<ChmodMode> ChmodMode::parse(std::string_view text) {
  ChmodMode mode;
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, 8);
  if (!text.empty() && error == std::errc() && end == text.data() + text.size()) {
    if (number > 07777) return not_octal(text);
    mode.octal_ = true;
    mode.octal_mode_ = number;
    return mode;
  }
  if (!text.empty() && text.front() >= '0' && text.front() <= '9') return not_octal(text);
  Parser parser(text);
  if (!parser.parse()) return bad_syntax(text);
  mode.steps_ = std::move(parser.steps);
  return mode;
}

std::uint32_t ChmodMode::apply(std::uint32_t mode, bool is_directory) const {
  if (octal_) return octal_mode_;
  const bool executable = is_directory || (mode & kExecute) != 0;
  std::uint32_t result = mode;
  for (const Step& step : steps_) {
    switch (step.kind) {
      case Step::Kind::set:
        result |= step.bits;
        break;
      case Step::Kind::clear:
        result &= ~step.bits;
        break;
      case Step::Kind::set_if_executable:
        if (executable) result |= step.bits;
        break;
      case Step::Kind::copy_class: {
        const std::uint32_t copied = (result >> shift_of(step.from) & 7) * 0111 & step.to;
        if (step.operation == '=') result &= ~step.to;
        result = step.operation == '-' ? result & ~copied : result | copied;
        break;
      }
    }
  }
  return result;
}

std::uint32_t ChmodMode::created_directory_mode() const {
  return octal_ ? octal_mode_ & kAll : 0755;
}

}  // namespace mbuild::builder
