// Outlines and targets as text and as JSON.
#include <algorithm>
#include <array>
#include <cstdint>

#include "parser/json_writer.h"
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

std::string base64(std::string_view text) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string result;
  for (std::size_t i = 0; i < text.size(); i += 3) {
    std::uint32_t group = 0;
    std::size_t count = std::min<std::size_t>(3, text.size() - i);
    for (std::size_t j = 0; j < 3; ++j)
      group = group << 8 | (j < count ? static_cast<unsigned char>(text[i + j]) : 0U);
    for (std::size_t j = 0; j < 4; ++j) result += j <= count ? digits[group >> (18 - 6 * j) & 63] : '=';
  }
  return result;
}

void write_text(JsonWriter& writer, std::string_view key, std::string_view value) {
  if (value.empty()) return;
  writer.key(key);
  writer.string(value);
}

void write_true(JsonWriter& writer, std::string_view key, bool value) {
  if (!value) return;
  writer.key(key);
  writer.boolean(true);
}

void write_line(JsonWriter& writer, std::string_view key, unsigned line) {
  writer.key(key);
  writer.begin_object();
  writer.key("line");
  writer.number(line);
  writer.end();
}

void write_location(JsonWriter& writer, const Source& source, Range range) {
  writer.key("location");
  writer.begin_object(JsonWriter::Layout::line);
  writer.key("ranges");
  writer.begin_array();
  writer.begin_object();
  write_line(writer, "start", source.line_of(range.begin));
  write_line(writer, "end", source.line_of(range.empty() ? range.end : range.end - 1));
  writer.end();
  writer.end();
  writer.end();
}

void write_sources(JsonWriter& writer, const Source& source) {
  writer.key("sources");
  writer.begin_array();
  writer.string(base64(source.text()));
  writer.end();
}

void write_requirements(JsonWriter& writer, const Source& source, std::string_view key,
                        const std::vector<Outline::Requirement>& list) {
  if (list.empty()) return;
  writer.key(key);
  writer.begin_array();
  for (const Outline::Requirement& one : list) {
    writer.begin_object();
    write_text(writer, "name", one.name);
    write_true(writer, "required", one.required);
    write_location(writer, source, one.range);
    writer.end();
  }
  writer.end();
}

void write_arguments(JsonWriter& writer, const Source& source,
                     const std::vector<Outline::Argument>& arguments) {
  if (arguments.empty()) return;
  writer.key("args");
  writer.begin_array();
  for (const Outline::Argument& argument : arguments) {
    writer.begin_object();
    write_text(writer, "name", argument.name);
    write_text(writer, "description", argument.description);
    write_text(writer, "value", argument.value);
    write_location(writer, source, argument.range);
    writer.end();
  }
  writer.end();
}

void write_caches(JsonWriter& writer, const Source& source, const std::vector<Outline::Cache>& caches) {
  if (caches.empty()) return;
  writer.key("cache");
  writer.begin_array();
  for (const Outline::Cache& cache : caches) {
    writer.begin_object();
    write_text(writer, "ID", cache.id);
    write_location(writer, source, cache.range);
    writer.end();
  }
  writer.end();
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

std::string to_json(const std::vector<TargetSummary>& targets, const Source& source) {
  JsonWriter writer;
  writer.begin_object();
  writer.key("targets");
  writer.begin_array();
  for (const TargetSummary& target : targets) {
    writer.begin_object();
    write_text(writer, "name", target.name);
    write_true(writer, "default", target.is_default);
    write_text(writer, "description", target.description);
    write_text(writer, "base", target.base);
    write_text(writer, "platform", target.platform);
    write_location(writer, source, target.range);
    writer.end();
  }
  writer.end();
  write_sources(writer, source);
  writer.end();
  return writer.text() + "\n";
}

std::string to_json(const Outline& outline, const Source& source) {
  JsonWriter writer;
  writer.begin_object();
  write_text(writer, "name", outline.name);
  write_text(writer, "description", outline.description);
  write_arguments(writer, source, outline.arguments);
  write_requirements(writer, source, "secrets", outline.secrets);
  write_requirements(writer, source, "ssh", outline.ssh);
  write_caches(writer, source, outline.caches);
  write_sources(writer, source);
  writer.end();
  return writer.text() + "\n";
}

}  // namespace mbuild::parser
