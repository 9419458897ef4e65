#include "parser/parse.h"

#include <algorithm>

#include "parser/characters.h"
#include "parser/directives.h"
#include "parser/instruction_reader.h"
#include "parser/lines.h"

namespace mbuild::parser {

namespace {

class Parser {
 public:
  Parser(ParseResult& result, std::uint32_t offset)
      : result_(result),
        reader_(result.dockerfile.source, offset, result.dockerfile.escape, result.dockerfile.comments,
                result.diagnostics) {}

  void run() {
    while (reader_.next(line_)) read_line();
  }
  // For a whole file: reports stages that are missing.
  void check_stages();
  // For a trigger: reports all but a single instruction that may be one.
  void check_trigger();

 private:
  void read_line();
  void make_room();
  void report(std::string code, std::string message, Range range);
  std::optional<Span> heredoc_place(const InstructionRule* rule, const grammar::Instruction& shape) const;
  void leave_out(const grammar::Instruction& shape, Range range);
  bool read_heredocs(Span place, std::vector<Heredoc>& heredocs, std::vector<Span>& spans);

  ParseResult& result_;
  LineReader reader_;
  LogicalLine line_;
  std::size_t lines_ = 0;
  std::optional<Range> from_;       // the first FROM, readable or not
  std::optional<Range> stageless_;  // the first instruction that needs a FROM above it and has none
};

void Parser::report(std::string code, std::string message, Range range) {
  result_.diagnostics.push_back({Severity::error, std::move(code), std::move(message), range, {}, {}});
}

void Parser::leave_out(const grammar::Instruction& shape, Range range) {
  result_.unread.push_back({to_upper(line_.text(shape.keyword)), line_.to_source(shape.keyword), range});
}

// The arguments that may hold words of heredocs: those of RUN, COPY, ADD, or of one of them as a trigger.
std::optional<Span> Parser::heredoc_place(const InstructionRule* rule,
                                          const grammar::Instruction& shape) const {
  if (rule == nullptr) return std::nullopt;
  if (rule->has_heredocs) return shape.arguments;
  if (rule->keyword != "ONBUILD") return std::nullopt;
  const grammar::Instruction inner = grammar::instruction(line_.text(), shape.arguments);
  const InstructionRule* inner_rule = find_rule(line_.text(inner.keyword));
  if (inner_rule == nullptr || !inner_rule->has_heredocs) return std::nullopt;
  return inner.arguments;
}

// Reads the bodies below the line. False after reporting one that does not end.
bool Parser::read_heredocs(Span place, std::vector<Heredoc>& heredocs, std::vector<Span>& spans) {
  if (line_.text(place).find("<<") == std::string_view::npos) return true;
  if (grammar::json_array(line_.text(), place).kind != grammar::JsonArray::Kind::none) return true;
  for (grammar::HeredocWord& word : grammar::heredoc_words(line_.text(), place)) {
    Heredoc& heredoc = heredocs.emplace_back();
    heredoc.name = std::move(word.name);
    heredoc.expand = !word.quoted;
    heredoc.strip_tabs = word.strip_tabs;
    heredoc.descriptor = std::move(word.descriptor);
    heredoc.range = line_.to_source(word.span);
    spans.push_back(word.span);
    if (reader_.read_body(heredoc)) continue;
    report("unterminated-heredoc", "unterminated heredoc: no line below is exactly \"" + heredoc.name + "\"",
           heredoc.range);
    reader_.skip_to_instruction();
    return false;
  }
  return true;
}

void Parser::check_stages() {
  const auto end = static_cast<std::uint32_t>(result_.dockerfile.source.text().size());
  if (lines_ == 0) {
    report("empty-file", "file with no instructions: a Dockerfile begins with FROM", {0, end});
  } else if (stageless_) {
    report("no-build-stage", "no build stage in current context: only ARG may stand before the first FROM",
           *stageless_);
  } else if (!from_) {
    report("no-stages", "dockerfile contains no stages to build: add a FROM", {end, end});
  }
}

void Parser::check_trigger() {
  const auto end = static_cast<std::uint32_t>(result_.dockerfile.source.text().size());
  if (lines_ != 1) report("invalid-trigger", "onbuild trigger should be a single expression", {0, end});
  if (from_) report("onbuild-not-allowed", "FROM isn't allowed as an ONBUILD trigger", *from_);
}

// Instructions are large, so a vector of many is costly to move. Makes room for as many as the file will have
// when it goes on as it began, within limits.
void Parser::make_room() {
  std::vector<Instruction>& instructions = result_.dockerfile.instructions;
  if (instructions.size() < instructions.capacity() || instructions.size() < 64) return;
  const double read = line_.range().end, whole = static_cast<double>(result_.dockerfile.source.text().size());
  const double growth = std::clamp(1.1 * whole / read, 2.0, 16.0);
  instructions.reserve(static_cast<std::size_t>(growth * static_cast<double>(instructions.size())));
}

void Parser::read_line() {
  ++lines_;
  const grammar::Instruction shape =
      grammar::instruction(line_.text(), {0, static_cast<std::uint32_t>(line_.text().size())});
  const InstructionRule* rule = find_rule(line_.text(shape.keyword));
  const bool known = rule != nullptr;
  if (!known) rule = report_unknown_instruction(line_, shape.keyword, result_.diagnostics);
  const bool is_from = rule != nullptr && rule->keyword == "FROM";
  if (is_from && !from_) from_ = line_.range();
  if (known && rule->keyword != "ARG" && !from_ && !stageless_) stageless_ = line_.range();
  std::vector<Comment> comments = reader_.take_comments();

  // The bodies are passed over even where the instruction is wrong, lest their lines be read as instructions.
  std::vector<Heredoc> heredocs;
  std::vector<Span> spans;
  const std::optional<Span> place = heredoc_place(rule, shape);
  if (place && !read_heredocs(*place, heredocs, spans)) return leave_out(shape, line_.range());
  const Range range{line_.range().begin, heredocs.empty() ? line_.range().end : reader_.last_end()};
  if (!known) return leave_out(shape, range);

  InstructionInput input{line_,
                         *rule,
                         shape,
                         range,
                         result_.dockerfile.escape,
                         result_.diagnostics,
                         std::move(heredocs),
                         std::move(spans)};
  std::vector<Instruction>& instructions = result_.dockerfile.instructions;
  make_room();
  Instruction& instruction = instructions.emplace_back();
  instruction.comments = std::move(comments);
  if (read_instruction(input, instruction)) return;
  instructions.pop_back();
  leave_out(shape, range);
}

void sort_diagnostics(std::vector<Diagnostic>& diagnostics) {
  std::stable_sort(diagnostics.begin(), diagnostics.end(),
                   [](const Diagnostic& a, const Diagnostic& b) { return a.range.begin < b.range.begin; });
}

}  // namespace

bool ParseResult::ok() const {
  return std::none_of(diagnostics.begin(), diagnostics.end(),
                      [](const Diagnostic& d) { return d.severity == Severity::error; });
}

ParseResult parse(Source source) {
  ParseResult result{{std::move(source), {}, '\\', {}, {}}, {}, {}};
  Directives head = read_directives(result.dockerfile.source, result.diagnostics);
  result.dockerfile.directives = std::move(head.directives);
  result.dockerfile.escape = head.escape;
  Parser parser(result, head.end);
  parser.run();
  parser.check_stages();
  sort_diagnostics(result.diagnostics);
  return result;
}

ParseResult parse_trigger(std::string trigger) {
  ParseResult result{{Source("ONBUILD trigger", std::move(trigger)), {}, '\\', {}, {}}, {}, {}};
  Parser parser(result, 0);
  parser.run();
  parser.check_trigger();
  sort_diagnostics(result.diagnostics);
  return result;
}

}  // namespace mbuild::parser
