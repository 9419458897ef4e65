// Values that are legal to the parser and that no build accepts once they are expanded: each an error.
#include <algorithm>
#include <array>
#include <cstdint>

#include "parser/characters.h"
#include "parser/frontend.h"
#include "parser/lint/checks.h"
#include "parser/lint/context.h"
#include "parser/ports.h"
#include "parser/remote_source.h"
#include "parser/signal_name.h"
#include "parser/stage_walk.h"

namespace mbuild::parser {

namespace {

// "u=rwX,go-w": clauses of who* (operation letter*)+ (dchapes/mode).
bool is_symbolic_mode(std::string_view text) {
  while (true) {
    text.remove_prefix(std::min(text.find_first_not_of("augo"), text.size()));
    if (text.empty() || std::string_view("+-=").find(text.front()) == std::string_view::npos) return false;
    text.remove_prefix(std::min(text.find_first_not_of("+-=rwxXstugo"), text.size()));
    if (text.empty()) return true;
    if (text.front() != ',') return false;
    text.remove_prefix(1);
  }
}

bool is_octal_mode(std::string_view text) {
  std::uint32_t value = 0;
  for (char c : text) {
    if (c < '0' || c > '7') return false;
    value = value * 8 + static_cast<std::uint32_t>(c - '0');
    if (value > 07777) return false;
  }
  return !text.empty();
}

std::string chmod_problem(std::string_view text) {
  std::string problem = "invalid chmod parameter: '" + std::string(text) + "'";
  if (is_octal_mode(text)) return "";
  if (!text.empty() && is_digit(text.front()))
    return problem + ". it should be octal string and between 0 and 07777";
  return is_symbolic_mode(text) ? "" : problem + ": write an octal number such as 755, or u=rwX,go=rX";
}

bool is_hexadecimal(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); });
}

std::string digest_problem(std::string_view text) {
  struct Algorithm {
    std::string_view name;
    std::size_t digits;
  };
  static constexpr std::array algorithms = {Algorithm{"sha256", 64}, Algorithm{"sha384", 96},
                                            Algorithm{"sha512", 128}};
  std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return "invalid checksum digest format: write sha256:<64 hex digits>";
  auto found = std::find_if(algorithms.begin(), algorithms.end(), [&](const Algorithm& algorithm) {
    return algorithm.name == text.substr(0, colon);
  });
  if (found == algorithms.end())
    return "unsupported digest algorithm " + quote(text.substr(0, colon)) + ": use sha256, sha384 or sha512";
  std::string_view digits = text.substr(colon + 1);
  if (digits.size() == found->digits && is_hexadecimal(digits)) return "";
  return "invalid checksum digest: " + std::string(found->name) + " has " + std::to_string(found->digits) +
         " hex digits (0-9, a-f)";
}

class ValueChecks {
 public:
  ValueChecks(LintContext& context, const WalkStep& step, bool labs)
      : context_(context), step_(step), labs_(labs) {}

  void run() {
    const InstructionBody& body = step_.instruction.body;
    if (const auto* copy = std::get_if<CopyInstruction>(&body)) check_copy(*copy);
    if (const auto* expose = std::get_if<ExposeInstruction>(&body))
      for (const Word& port : expose->ports) check_port(port);
    if (const auto* signal = std::get_if<StopSignalInstruction>(&body)) check_signal(signal->signal);
    if (const auto* volume = std::get_if<VolumeInstruction>(&body))
      for (const Word& path : volume->paths) check_volume(path);
    if (const auto* run = std::get_if<RunInstruction>(&body); run && !labs_ && !run->devices.empty())
      error("labs-feature",
            "device feature is only supported in Dockerfile frontend 1.14.0-labs or later: "
            "begin the file with `# syntax=docker/dockerfile:labs`",
            run->devices.front());
  }

 private:
  // What the word comes to; nullopt while that depends on what is not known.
  std::optional<std::string> value(const Word& word) const {
    auto result = expand(word.text, step_.state.environment.lookup(), options());
    bool known = result && (result->unset.empty() || step_.state.environment_known);
    return known ? std::optional(std::move(result->text)) : std::nullopt;
  }
  ExpandOptions options() const { return {.escape = context_.file.escape}; }
  void error(std::string code, std::string message, const Word& word) {
    context_.report_error(std::move(code), std::move(message), word.range);
  }

  void check_copy(const CopyInstruction& copy);
  void check_checksum(const CopyInstruction& add);
  void check_port(const Word& port);
  void check_signal(const Word& signal);
  void check_volume(const Word& path);

  LintContext& context_;
  const WalkStep& step_;
  bool labs_;
};

void ValueChecks::check_copy(const CopyInstruction& copy) {
  if (copy.chmod)
    if (auto mode = value(*copy.chmod); mode && !mode->empty())
      if (std::string problem = chmod_problem(*mode); !problem.empty())
        error("invalid-chmod", std::move(problem), *copy.chmod);
  if (copy.checksum) check_checksum(copy);
  if (copy.add || copy.from) return;
  for (const Word& source : copy.sources) {
    auto text = value(source);
    SourceKind kind = text ? source_kind(*text) : SourceKind::local;
    if (kind == SourceKind::local) continue;
    error("invalid-copy-source",
          kind == SourceKind::git ? "source can't be a git ref for COPY: use ADD"
                                  : "source can't be a URL for COPY: use ADD",
          source);
  }
}

void ValueChecks::check_checksum(const CopyInstruction& add) {
  if (add.sources.size() + add.heredocs.size() != 1)
    return error("invalid-checksum", "checksum can't be specified for multiple sources", *add.checksum);
  auto source = add.sources.empty() ? std::string() : value(add.sources.front());
  auto checksum = value(*add.checksum);
  if (!source || !checksum || checksum->empty()) return;
  switch (source_kind(*source)) {
    case SourceKind::local:
      return error("invalid-checksum", "checksum requires HTTP(S) or Git sources", *add.checksum);
    case SourceKind::git:
      if (!is_hexadecimal(*checksum))
        error("invalid-checksum", "invalid checksum " + quote(*checksum) + ": expected hex commit hash",
              *add.checksum);
      return;
    case SourceKind::http:
      if (std::string problem = digest_problem(*checksum); !problem.empty())
        error("invalid-checksum", std::move(problem), *add.checksum);
  }
}

void ValueChecks::check_port(const Word& port) {
  if (!value(port)) return;
  auto words = expand_to_words(port.text, step_.state.environment.lookup(), options());
  if (!words) return;
  for (const std::string& word : *words)
    if (auto ports = parse_port(word); !ports) error("invalid-port", ports.error(), port);
}

void ValueChecks::check_signal(const Word& signal) {
  auto text = value(signal);
  if (text && !is_signal(*text))
    error("invalid-signal", "Invalid signal: " + *text + ": use a name such as SIGTERM, or a number", signal);
}

void ValueChecks::check_volume(const Word& path) {
  if (auto text = value(path); text && trim(*text).empty())
    error("empty-volume", "VOLUME specified can not be an empty string", path);
}

}  // namespace

void check_values(LintContext& context) {
  std::optional<Frontend> frontend = find_frontend(context.file.source);
  bool labs = frontend && frontend->is_labs();
  walk_stages(context.walk_input(), [&](const WalkStep& step) { ValueChecks(context, step, labs).run(); });
}

}  // namespace mbuild::parser
