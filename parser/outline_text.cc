// Outlines and targets for people.
#include <algorithm>

#include "parser/outline.h"
#include "parser/unicode.h"

namespace mbuild::parser {

namespace {

std::size_t width(std::string_view text) {
  return decode_utf8(text).size();
}

// Rows of cells, aligned by blanks; the last column is left as it is. Rows end without blanks.
std::string table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width(row[i]));
  }
  constexpr std::size_t gap = 4;
  std::string result;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += row[i];
      line.append(widths[i] + gap - width(row[i]), ' ');
    }
    line.resize(line.find_last_not_of(' ') + 1);
    result += line + "\n";
  }
  return result;
}

void append_section(std::string& result, const std::string& section) {
  if (!result.empty()) result += "\n";
  result += section;
}

std::string requirement_table(const std::string& title, const std::vector<Outline::Requirement>& list) {
  std::vector<std::vector<std::string>> rows{{title, "REQUIRED"}};
  for (const Outline::Requirement& one : list) rows.push_back({one.name, one.required ? "true" : ""});
  return table(rows);
}

}  // namespace

std::string to_text(const std::vector<TargetSummary>& targets) {
  std::vector<std::vector<std::string>> rows{{"TARGET", "DESCRIPTION"}};
  for (const TargetSummary& target : targets) {
    if (target.name.empty() && !target.is_default) continue;
    std::string name =
        target.name.empty() ? "(default)" : target.name + (target.is_default ? " (default)" : "");
    rows.push_back({std::move(name), target.description});
  }
  return table(rows);
}

std::string to_text(const Outline& outline) {
  std::string result;
  if (!outline.name.empty() || !outline.description.empty()) {
    std::vector<std::vector<std::string>> rows{
        {"TARGET:", outline.name.empty() ? "(default)" : outline.name}};
    if (!outline.description.empty()) rows.push_back({"DESCRIPTION:", outline.description});
    append_section(result, table(rows));
  }
  if (!outline.arguments.empty()) {
    std::vector<std::vector<std::string>> rows{{"BUILD ARG", "VALUE", "DESCRIPTION"}};
    for (const Outline::Argument& one : outline.arguments)
      rows.push_back({one.name, one.value, one.description});
    append_section(result, table(rows));
  }
  if (!outline.secrets.empty()) append_section(result, requirement_table("SECRET", outline.secrets));
  if (!outline.ssh.empty()) append_section(result, requirement_table("SSH", outline.ssh));
  if (!outline.caches.empty()) {
    std::vector<std::vector<std::string>> rows{{"CACHE ID"}};
    for (const Outline::Cache& cache : outline.caches) rows.push_back({cache.id});
    append_section(result, table(rows));
  }
  return result;
}

}  // namespace mbuild::parser
