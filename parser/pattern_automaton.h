// PatternAutomaton: matches text against a sequence of literals, classes and wildcards, in time proportional
// to the product of their lengths whatever the input.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mbuild::parser {

struct CharacterClass {
  bool negated = false;
  std::vector<std::pair<char32_t, char32_t>> ranges;  // both ends included

  bool contains(char32_t c) const;
};

// Built by appending; afterwards constant, and safe to use from any thread.
class PatternAutomaton {
 public:
  void add_literal(char32_t c);
  void add_any();                          // one character but `/`
  void add_class(CharacterClass members);  // one of them
  void add_star();                         // any run of characters but `/`
  void add_directories();  // nothing, or any run of characters but line breaks that ends in `/`
  void add_everything();   // any run of characters but line breaks

  bool matches(std::string_view text) const;

  // Whether some longer text that begins with `prefix` may match.
  bool may_match_beyond(std::string_view prefix) const;

 private:
  enum class Kind : std::uint8_t { literal, any, members, star, everything, directories, in_directories };
  struct State {
    Kind kind;
    char32_t literal = 0;     // of literal
    std::size_t members = 0;  // of members: index into classes_
  };
  using Active = std::string;  // one char a state and one for "all matched"; short ones need no memory

  void activate(Active& active, std::size_t state) const;
  void step(const State& state, std::size_t index, char32_t c, Active& next) const;
  Active run(std::string_view text) const;

  std::vector<State> states_;
  std::vector<CharacterClass> classes_;
};

}  // namespace mbuild::parser
