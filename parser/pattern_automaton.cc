#include "parser/pattern_automaton.h"

#include <algorithm>

#include "parser/unicode.h"

namespace mbuild::parser {

bool CharacterClass::contains(char32_t c) const {
  bool found = std::any_of(ranges.begin(), ranges.end(),
                           [c](const auto& range) { return range.first <= c && c <= range.second; });
  return found != negated;
}

void PatternAutomaton::add_literal(char32_t c) {
  states_.push_back({Kind::literal, c});
}
void PatternAutomaton::add_any() {
  states_.push_back({Kind::any});
}
void PatternAutomaton::add_star() {
  states_.push_back({Kind::star});
}
void PatternAutomaton::add_everything() {
  states_.push_back({Kind::everything});
}
void PatternAutomaton::add_class(CharacterClass members) {
  states_.push_back({Kind::members, 0, classes_.size()});
  classes_.push_back(std::move(members));
}
void PatternAutomaton::add_directories() {
  states_.push_back({Kind::directories});
  states_.push_back({Kind::in_directories});
}

// Makes a state active, and those that follow it without taking a character.
void PatternAutomaton::activate(Active& active, std::size_t state) const {
  while (!active[state]) {
    active[state] = 1;
    if (state == states_.size()) return;
    Kind kind = states_[state].kind;
    if (kind == Kind::star || kind == Kind::everything)
      state += 1;
    else if (kind == Kind::directories)
      state += 2;
  }
}

void PatternAutomaton::step(const State& state, std::size_t index, char32_t c, Active& next) const {
  switch (state.kind) {
    case Kind::literal:
      if (c == state.literal) activate(next, index + 1);
      return;
    case Kind::any:
      if (c != '/') activate(next, index + 1);
      return;
    case Kind::members:
      if (classes_[state.members].contains(c)) activate(next, index + 1);
      return;
    case Kind::star:
      if (c != '/') activate(next, index);
      return;
    case Kind::everything:
      if (c != '\n') activate(next, index);
      return;
    case Kind::directories:
    case Kind::in_directories: {
      std::size_t inside = state.kind == Kind::directories ? index + 1 : index;
      if (c != '\n') activate(next, inside);
      if (c == '/') activate(next, inside + 1);
      return;
    }
  }
}

PatternAutomaton::Active PatternAutomaton::run(std::string_view text) const {
  Active active(states_.size() + 1, 0);
  Active next = active;
  activate(active, 0);
  for (std::size_t i = 0; i < text.size();) {
    CodePoint c = decode_utf8(text, i);
    i += c.length;
    std::fill(next.begin(), next.end(), 0);
    for (std::size_t s = 0; s < states_.size(); ++s)
      if (active[s]) step(states_[s], s, c.value, next);
    active.swap(next);
  }
  return active;
}

bool PatternAutomaton::matches(std::string_view text) const {
  return run(text).back() != 0;
}

bool PatternAutomaton::may_match_beyond(std::string_view prefix) const {
  Active active = run(prefix);
  active.pop_back();
  return active.find('\1') != Active::npos;
}

}  // namespace mbuild::parser
