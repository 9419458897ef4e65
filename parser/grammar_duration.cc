// Durations (Go: time.ParseDuration).
#include <algorithm>
#include <optional>

#include "parser/grammar.h"
#include "parser/grammar_x3.h"

namespace mbuild::parser::grammar {

namespace {

constexpr unsigned long long largest = 9223372036854775807ull;  // nanoseconds, some 292 years

struct Unit {
  std::string_view name;
  unsigned long long nanoseconds;
};
constexpr Unit units[] = {
    {"ns", 1},         {"us", 1'000},        {"\u00B5s", 1'000},    {"\u03BCs", 1'000},
    {"ms", 1'000'000}, {"s", 1'000'000'000}, {"m", 60'000'000'000}, {"h", 3'600'000'000'000}};

constexpr bool is_decimal(char c) {
  return is_digit(c);
}
constexpr bool is_unit_character(char c) {
  return c != '.' && !is_digit(c);
}
constexpr ByteClass<is_decimal> digit{};
constexpr ByteClass<is_unit_character> unit_character{};

// `whole.fraction` units in nanoseconds, rounded down; nullopt past the largest duration.
std::optional<unsigned long long> scale(std::string_view whole, std::string_view fraction,
                                        unsigned long long unit) {
  unsigned long long value = 0;
  for (char c : whole) {
    const unsigned next = static_cast<unsigned>(c - '0');
    if (value > (largest - next) / 10) return std::nullopt;
    value = value * 10 + next;
  }
  if (value > largest / unit) return std::nullopt;
  value *= unit;
  long double weight = static_cast<long double>(unit), part = 0;
  for (char c : fraction) {
    weight /= 10;
    part += weight * static_cast<long double>(c - '0');
  }
  value += static_cast<unsigned long long>(part);
  return value > largest ? std::nullopt : std::optional(value);
}

std::string quoted(std::string_view text) {
  return '"' + std::string(text) + '"';
}

}  // namespace

std::expected<long long, std::string> duration(std::string_view text) {
  const auto invalid = [&] { return std::unexpected("invalid duration " + quoted(text)); };
  Iterator first = text.data();
  const Iterator last = first + text.size();
  const bool negative = x3::parse(first, last, x3::lit('-'));
  if (!negative) x3::parse(first, last, x3::lit('+'));
  if (std::string_view(first, last) == "0") return 0;
  if (first == last) return invalid();

  unsigned long long total = 0;
  while (first != last) {
    Match whole(first, first), fraction(first, first), unit(first, first);
    x3::parse(first, last, x3::raw[*digit], whole);
    if (x3::parse(first, last, x3::lit('.'))) x3::parse(first, last, x3::raw[*digit], fraction);
    if (whole.empty() && fraction.empty()) return invalid();
    if (!x3::parse(first, last, x3::raw[+unit_character], unit))
      return std::unexpected("missing unit in duration " + quoted(text) + ": write 30s or 1m30s");
    const std::string_view name(unit.begin(), unit.end());
    const Unit* known =
        std::find_if(std::begin(units), std::end(units), [&](const Unit& u) { return u.name == name; });
    if (known == std::end(units))
      return std::unexpected("unknown unit " + quoted(name) + " in duration " + quoted(text) +
                             ": use ns, us, ms, s, m or h");
    const auto part =
        scale({whole.begin(), whole.end()}, {fraction.begin(), fraction.end()}, known->nanoseconds);
    if (!part || total + *part > largest) return invalid();
    total += *part;
  }
  const auto value = static_cast<long long>(total);
  return negative ? -value : value;
}

}  // namespace mbuild::parser::grammar
