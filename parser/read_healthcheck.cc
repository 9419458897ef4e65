// HEALTHCHECK (moby: instructions/parse.go, parseHealthcheck).
#include <charconv>

#include "parser/characters.h"
#include "parser/instruction_reader.h"

namespace mbuild::parser {

namespace {

constexpr long long millisecond = 1'000'000;

// False after reporting a value that is no duration of at least a millisecond, or zero.
bool read_interval(InstructionInput& input, const std::string& flag, long long& result) {
  const std::optional<Word> value = input.text_flag(flag);
  if (!value) return true;
  const std::expected<long long, std::string> duration = grammar::duration(value->text);
  if (!duration) {
    input.error("invalid-duration", "--" + flag + ": " + duration.error(), value->range);
    return false;
  }
  if (*duration != 0 && *duration < millisecond) {
    input.error("invalid-duration", "Interval \"" + flag + "\" cannot be less than 1ms", value->range);
    return false;
  }
  result = *duration;
  return true;
}

bool read_retries(InstructionInput& input, int& result) {
  const std::optional<Word> value = input.text_flag("retries");
  if (!value) return true;
  const char* first = value->text.data() + (value->text.starts_with('+') ? 1 : 0);
  const char* last = value->text.data() + value->text.size();
  const auto [end, error] = std::from_chars(first, last, result);
  if (error != std::errc{} || end != last) {
    input.error("invalid-retries", "--retries: \"" + value->text + "\" is not a whole number", value->range);
    return false;
  }
  if (result < 0) {
    input.error("invalid-retries", "--retries cannot be negative (" + value->text + ")", value->range);
    return false;
  }
  return true;
}

bool read_timing(InstructionInput& input, HealthcheckInstruction& healthcheck) {
  // Every flag is looked at, so that all their problems show.
  bool correct = check_flags(input);
  correct &= read_interval(input, "interval", healthcheck.interval);
  correct &= read_interval(input, "timeout", healthcheck.timeout);
  correct &= read_interval(input, "start-period", healthcheck.start_period);
  correct &= read_interval(input, "start-interval", healthcheck.start_interval);
  correct &= read_retries(input, healthcheck.retries);
  return correct;
}

}  // namespace

bool read_healthcheck(InstructionInput& input, InstructionBody& body) {
  const Span all = input.shape.arguments;
  if (all.empty()) return missing_arguments(input, "requires at least one argument: CMD command, or NONE");
  Span type{all.begin, all.begin};
  while (type.end < all.end && !is_blank(input.line.text()[type.end])) ++type.end;
  Span rest{type.end, all.end};
  while (rest.begin < rest.end && is_blank(input.line.text()[rest.begin])) ++rest.begin;

  auto& healthcheck = body.emplace<HealthcheckInstruction>();
  const std::string kind = to_upper(input.line.text(type));
  if (kind == "NONE") {
    healthcheck.none = true;
    if (!rest.empty())
      input.error("too-many-arguments", "HEALTHCHECK NONE takes no arguments", input.line.to_source(rest));
    return rest.empty();
  }
  const bool correct = read_timing(input, healthcheck);
  if (kind != "CMD") {
    input.error("invalid-healthcheck-type", "Unknown type \"" + kind + "\" in HEALTHCHECK (try CMD)",
                input.line.to_source(type));
    return false;
  }
  if (!read_command(input, rest, healthcheck.command)) return false;
  if (healthcheck.command.words.empty()) {
    input.error("missing-arguments", "missing command after HEALTHCHECK CMD", input.arguments_range());
    return false;
  }
  return correct;
}

}  // namespace mbuild::parser
