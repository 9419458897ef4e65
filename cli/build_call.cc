#include "cli/build_call.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <vector>

#include "cli/commands.h"
#include "cli/csv.h"
#include "cli/report.h"
#include "parser/diagnostic_json.h"
#include "parser/location_json.h"
#include "parser/outline.h"

namespace mbuild::cli {

namespace {

using parser::Diagnostic;
using parser::LintRule;

std::vector<const Diagnostic*> warnings(const builder::CheckedDockerfile& checked) {
  std::vector<const Diagnostic*> found;
  for (const Diagnostic& diagnostic : checked.lint.diagnostics) {
    const LintRule* rule = parser::find_lint_rule(diagnostic.code);
    if (rule && rule->buildkit) found.push_back(&diagnostic);
  }
  return found;
}

const Diagnostic* first_error(const parser::Findings& errors) {
  return errors.diagnostics.empty() ? nullptr : &errors.diagnostics.front();
}

std::string source_excerpt(const parser::Source& source, parser::Range range) {
  unsigned last = source.line_of(range.empty() ? range.begin : range.end - 1);
  return excerpt(std::string(source.text()), {source.name(), source.line_of(range.begin), last});
}

void write_warning(parser::JsonWriter& json, const parser::Source& source, const Diagnostic& diagnostic) {
  const LintRule& rule = *parser::find_lint_rule(diagnostic.code);
  json.begin_object();
  parser::write(json, "ruleName", rule.name);
  parser::write(json, "description", rule.description);
  parser::write(json, "url", rule.url);
  parser::write(json, "detail", diagnostic.message);
  parser::write_location(json, source, diagnostic.range);
  json.end();
}

void write_source(parser::JsonWriter& json, const parser::Source& source) {
  json.begin_object();
  parser::write(json, "filename", source.name());
  parser::write(json, "data", parser::base64(source.text()));
  parser::write(json, "language", "Dockerfile");
  json.end();
}

int print_check(const builder::CheckedDockerfile& checked, const BuildCall& call) {
  std::fputs((call.json ? check_report_json(checked) : check_report(checked)).c_str(), stdout);
  bool clean = warnings(checked).empty() && checked.ok() && !checked.findings().has_errors();
  return clean || call.ignore_status ? ok : failed;
}

int print_stages(const builder::CheckedDockerfile& checked, const BuildCall& call) {
  if (!checked.ok()) {
    std::fputs(parser::findings_text(checked.errors()).c_str(), stderr);
    return call.ignore_status ? ok : failed;
  }
  const parser::StageGraph& graph = checked.stages.graph;
  const parser::Source& source = checked.parsed.dockerfile.source;
  std::string text;
  if (call.method == BuildCall::Method::targets) {
    std::vector<parser::TargetSummary> targets = parser::list_targets(graph);
    text = call.json ? parser::to_json(targets, source) : parser::to_text(targets);
  } else {
    parser::Outline outline = parser::outline(checked.parsed.dockerfile, graph, checked.stage_options);
    text = call.json ? parser::to_json(outline, source) : parser::to_text(outline);
  }
  std::fputs(text.c_str(), stdout);
  return ok;
}

}  // namespace

Result<std::optional<BuildCall>> parse_call(const std::string& text) {
  BuildCall call;
  std::string method;
  for (const std::string& field : MBUILD_TRY_AS("--call", split_csv(text))) {
    if (method.empty())
      method = field;
    else if (field == "format=json")
      call.json = true;
    else if (field == "ignorestatus" || field == "ignorestatus=true")
      call.ignore_status = true;
    else if (field != "format=text" && field != "ignorestatus=false")
      return fail(ErrorKind::invalid_input,
                  fmt::format("--call {}: {} is none of format=text, format=json and ignorestatus=true", text,
                              field));
  }
  if (method == "build") return std::optional<BuildCall>();
  if (method == "outline")
    call.method = BuildCall::Method::outline;
  else if (method == "targets")
    call.method = BuildCall::Method::targets;
  else if (method != "check" && method != "lint")
    return fail(ErrorKind::invalid_input,
                fmt::format("--call {}: must be build, check, outline or targets", text));
  return call;
}

std::string check_report(const builder::CheckedDockerfile& checked) {
  const parser::Source& source = checked.parsed.dockerfile.source;
  const parser::Findings errors = checked.errors();
  const std::vector<const Diagnostic*> found = warnings(checked);
  std::string text;
  if (const Diagnostic* error = first_error(errors)) {
    text = error->message + "\n" + source_excerpt(source, error->range);
  } else if (found.empty()) {
    text = "Check complete, no warnings found.\n";
  } else {
    text = fmt::format(
        "Check complete, {} found!\n",
        found.size() == 1 ? "1 warning has been" : fmt::format("{} warnings have been", found.size()));
  }
  for (const Diagnostic* warning : found)
    text +=
        fmt::format("\nWARNING: {} - {}\n{}\n{}", warning->code, parser::find_lint_rule(warning->code)->url,
                    warning->message, source_excerpt(source, warning->range));
  if (!checked.lint.failure.empty()) text += "\n" + checked.lint.failure + "\n";
  return text;
}

std::string check_report_json(const builder::CheckedDockerfile& checked) {
  const parser::Source& source = checked.parsed.dockerfile.source;
  parser::JsonWriter json;
  json.begin_object();
  json.key("warnings");
  json.begin_array();
  for (const Diagnostic* warning : warnings(checked)) write_warning(json, source, *warning);
  json.end();
  json.key("sources");
  json.begin_array();
  write_source(json, source);
  json.end();
  const parser::Findings errors = checked.errors();
  if (const Diagnostic* error = first_error(errors)) {
    json.key("buildError");
    json.begin_object();
    parser::write(json, "message", error->message);
    parser::write_location(json, source, error->range);
    json.end();
  }
  json.end();
  return json.text() + "\n";
}

int run_call(const BuildCall& call, const builder::BuildRequest& request) {
  Result<builder::CheckedDockerfile> checked = builder::check_dockerfile(request);
  if (!checked) return report_error(checked.error());
  return call.method == BuildCall::Method::check ? print_check(*checked, call) : print_stages(*checked, call);
}

}  // namespace mbuild::cli
