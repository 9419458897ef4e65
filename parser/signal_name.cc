#include "parser/signal_name.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

#include "parser/characters.h"

namespace mbuild::parser {

namespace {

constexpr std::array<std::string_view, 37> names = {
    "ABRT",   "ALRM",  "BUS",  "CHLD", "CLD",   "CONT",  "FPE",   "HUP",  "ILL",  "INT",
    "IO",     "IOT",   "KILL", "PIPE", "POLL",  "PROF",  "PWR",   "QUIT", "SEGV", "STKFLT",
    "STOP",   "SYS",   "TERM", "TRAP", "TSTP",  "TTIN",  "TTOU",  "URG",  "USR1", "USR2",
    "VTALRM", "WINCH", "XCPU", "XFSZ", "RTMIN", "RTMAX", "UNUSED"};

bool is_number(std::string_view text, int least, int most) {
  int value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && least <= value && value <= most;
}

}  // namespace

bool is_signal(std::string_view text) {
  if (!text.empty() && is_digit(text.front())) return is_number(text, 1, 1 << 30);
  std::string name = to_upper(text);
  if (name.starts_with("SIG")) name.erase(0, 3);
  if (name.starts_with("RTMIN+")) return is_number(std::string_view(name).substr(6), 1, 15);
  if (name.starts_with("RTMAX-")) return is_number(std::string_view(name).substr(6), 1, 14);
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace mbuild::parser
